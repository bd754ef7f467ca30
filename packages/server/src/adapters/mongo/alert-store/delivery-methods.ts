import type { Db, FindCursor, WithId } from 'mongodb';
import type { NewFiring, WaitingMessage } from '../../../ports/stores/alerts/alert-records.ts';
import type { DeliveryMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toAttempt } from '../../alerts/rows.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import {
  attempts,
  channels,
  deliveries,
  type FiringDocument,
  firings,
  LATEST,
  type MessageDocument,
  messages,
} from './collections.ts';
import { firingOf, OLDEST_FIRST } from './firing-methods.ts';
import { withLock } from './locks.ts';

/**
 * What waits for channels, and every attempt to deliver it. A message names its firings from the start, and its deliveries
 * say so after it; where a crash came in between, that is made good when the message is asked for.
 */
export function createDeliveryMethods({ run, update }: MongoConnection): DeliveryMethods {
  return {
    undelivered: (nowMs, limit) =>
      run(async (db) => {
        const isDue = { $or: [{ digest_until: null }, { digest_until: { $lte: nowMs } }] };
        const found = firings(db)
          .find({ waits: true, ...isDue })
          .sort(OLDEST_FIRST);
        return (await found.limit(limit).toArray()).map(firingOf);
      }),
    handOver: (ids) =>
      update(async (db) => {
        const waiting = await firings(db)
          .find({ _id: { $in: [...ids] }, waits: true })
          .toArray();
        for (const document of waiting) await handOver(db, document);
      }),
    channelsDue: (nowMs, limit) =>
      run(async (db) => {
        const blocked = await channels(db)
          .find({ not_before: { $gt: nowMs } }, { projection: { _id: 1 } })
          .toArray();
        const allowed = { channel_id: { $nin: blocked.map(({ _id }) => _id) } };
        const due = messages(db)
          .find({ due_at: { $lte: nowMs }, ...allowed })
          .sort({ due_at: 1 });
        const unsent = deliveries(db)
          .find({ has_ended: false, message_id: null, ...allowed })
          .sort({ since: 1 });
        const since = await earliest(due, ({ due_at }) => due_at, limit);
        for (const [id, at] of await earliest(unsent, (each) => each.since, limit)) {
          since.set(id, Math.min(at, since.get(id) ?? at));
        }
        return [...since]
          .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
          .slice(0, limit)
          .map(([id]) => id);
      }),
    nextMessage: (channelId, newId, nowMs, most) =>
      update((db) =>
        withLock(db, `messages of ${channelId}`, () => nextMessage(db, channelId, newId, nowMs, most)),
      ),
    postponeMessage: (id, tries, dueAt) =>
      update(async (db) => {
        await messages(db).updateOne({ _id: id }, { $set: { attempts: tries, due_at: dueAt } });
      }),
    endMessage: (id) =>
      update(async (db) => {
        const message = await messages(db).findOne({ _id: id });
        if (message === null) return;
        await deliveries(db).updateMany(deliveriesOf(message), { $set: { has_ended: true, message_id: id } });
        await messages(db).deleteOne({ _id: id });
      }),
    dropWaiting: (channelId) =>
      update(async (db) => {
        await messages(db).deleteMany({ channel_id: channelId });
        const waiting = { channel_id: channelId, has_ended: false };
        return (await deliveries(db).updateMany(waiting, { $set: { has_ended: true } })).modifiedCount;
      }),
    noteAttempt: (attempt) =>
      update(async (db) => {
        const { id, owner, channelId, at, firingIds } = attempt;
        const text = JSON.stringify(attempt);
        const document = { _id: id, owner, channel_id: channelId, at, firing_ids: firingIds, attempt: text };
        await ignoringTaken(() => attempts(db).insertOne(document));
      }),
    attempts: ({ owner, channelId, firingId, before, limit }) =>
      run(async (db) => {
        const found = attempts(db).find({
          owner,
          ...(channelId !== undefined && { channel_id: channelId }),
          ...(firingId !== undefined && { firing_ids: firingId }),
          ...(before && { $or: [{ at: { $lt: before.at } }, { at: before.at, _id: { $lt: before.id } }] }),
        });
        const page = found.sort({ at: -1, _id: -1 }).limit(limit);
        return (await page.toArray()).map((document) => toAttempt(document as unknown as Row));
      }),
  };
}

/** Its deliveries first: those that are there already stay as they are. */
async function handOver(db: Db, { _id, kept_at, seq, firing }: FiringDocument): Promise<void> {
  const { owner, channels: named } = JSON.parse(firing) as NewFiring;
  const usable = { _id: { $in: [...named] }, owner, status: { $ne: 'disabled' } } as const;
  for (const { _id: channel } of await channels(db).find(usable).toArray()) {
    const document = {
      channel_id: channel,
      firing_id: _id,
      since: kept_at,
      seq,
      message_id: null,
      has_ended: false,
    };
    await ignoringTaken(() => deliveries(db).insertOne({ _id: deliveryId(channel, _id), ...document }));
  }
  await firings(db).updateOne({ _id }, { $set: { waits: false } });
}

const deliveryId = (channelId: string, firingId: string) => `${channelId} ${firingId}`;
const deliveriesOf = ({ channel_id, firing_ids }: MessageDocument) => ({
  _id: { $in: firing_ids.map((id) => deliveryId(channel_id, id)) },
});

async function nextMessage(
  db: Db,
  channelId: string,
  newId: string,
  nowMs: number,
  most: number,
): Promise<WaitingMessage | null> {
  const usable = { _id: channelId, not_before: { $lte: nowMs } };
  if ((await channels(db).findOne(usable, LATEST)) === null) return null;
  const due = await messages(db).findOne(
    { channel_id: channelId, due_at: { $lte: nowMs } },
    { sort: { due_at: 1, since: 1, _id: 1 }, ...LATEST },
  );
  if (due !== null) return messageOf(db, due);
  const waiting = await deliveries(db)
    .find({ channel_id: channelId, message_id: null, has_ended: false }, LATEST)
    .sort({ since: 1, seq: 1 })
    .limit(most)
    .toArray();
  if (waiting.length === 0) return null;
  const times = { since: nowMs, attempts: 0, due_at: nowMs };
  const made = {
    _id: newId,
    channel_id: channelId,
    ...times,
    firing_ids: waiting.map((each) => each.firing_id),
  };
  await messages(db).insertOne(made);
  return messageOf(db, made);
}

async function messageOf(db: Db, message: MessageDocument): Promise<WaitingMessage> {
  const { _id, channel_id, since, attempts: tries, due_at, firing_ids } = message;
  await deliveries(db).updateMany(deliveriesOf(message), { $set: { message_id: _id } });
  const found = await firings(db)
    .find({ _id: { $in: [...firing_ids] } })
    .toArray();
  const byId = new Map(found.map((document) => [document._id, firingOf(document)]));
  return {
    ...{ id: _id, channelId: channel_id, since, attempts: tries, dueAt: due_at },
    firings: firing_ids.flatMap((id) => byId.get(id) ?? []),
  };
}

/** The first time of each of so many channels, of documents in the order of that time. */
async function earliest<T extends { readonly channel_id: string }>(
  found: FindCursor<WithId<T>>,
  timeOf: (document: WithId<T>) => number,
  limit: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for await (const document of found) {
    if (!times.has(document.channel_id)) times.set(document.channel_id, timeOf(document));
    if (times.size === limit) break;
  }
  return times;
}

async function ignoringTaken(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

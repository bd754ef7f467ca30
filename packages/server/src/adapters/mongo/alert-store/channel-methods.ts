import type { AlertChannel } from '../../../ports/stores/alerts/alert-records.ts';
import type { ChannelMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toChannel } from '../../alerts/rows.ts';
import type { MongoConnection } from '../connect.ts';
import { type ChannelDocument, channels, deliveries, LATEST, messages } from './collections.ts';
import { withLock } from './locks.ts';

export function createChannelMethods({ run, update }: MongoConnection): ChannelMethods {
  return {
    createChannel: (channel, most) =>
      update((db) =>
        withLock(db, `channels of ${channel.owner}`, async () => {
          if ((await channels(db).countDocuments({ owner: channel.owner }, LATEST)) >= most) return false;
          await channels(db).insertOne(channelDocument(channel));
          return true;
        }),
      ),
    channel: (id) =>
      run(async (db) => {
        const document = await channels(db).findOne({ _id: id });
        return document && channelOf(document);
      }),
    channelsOf: (owner) =>
      run(async (db) => {
        const found = channels(db).find({ owner }).sort({ name: 1, _id: 1 });
        return (await found.toArray()).map(channelOf);
      }),
    putChannel: (channel, from) =>
      update(async (db) => {
        const { _id, owner, created_at: _made, ...set } = channelDocument(channel);
        const { matchedCount } = await channels(db).updateOne({ _id, owner, version: from }, { $set: set });
        return matchedCount === 1;
      }),
    noteChannel: (id, version, { status, reason, lastDeliveredAt, notBefore }) =>
      update(async (db) => {
        const set = { status, reason, last_delivered_at: lastDeliveredAt, not_before: notBefore };
        return (await channels(db).updateOne({ _id: id, version }, { $set: set })).matchedCount === 1;
      }),
    removeChannel: (owner, id) =>
      update(async (db) => {
        if ((await channels(db).deleteOne({ _id: id, owner })).deletedCount !== 1) return false;
        await messages(db).deleteMany({ channel_id: id });
        await deliveries(db).updateMany({ channel_id: id }, { $set: { has_ended: true } });
        return true;
      }),
  };
}

const channelDocument = (channel: AlertChannel): ChannelDocument => {
  const { id, owner, version, name, kind, shown, status, reason } = channel;
  return {
    _id: id,
    ...{ owner, version, name, kind, shown, status, reason },
    sealed_target: channel.sealedTarget,
    created_at: channel.createdAt,
    last_delivered_at: channel.lastDeliveredAt,
    not_before: channel.notBefore,
  };
};

const channelOf = (document: ChannelDocument): AlertChannel =>
  toChannel({ ...document, id: document._id } as Row);

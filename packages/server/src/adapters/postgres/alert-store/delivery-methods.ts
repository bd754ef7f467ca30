import type { WaitingMessage } from '../../../ports/stores/alerts/alert-records.ts';
import type { DeliveryMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toAttempt, toFiring } from '../../alerts/rows.ts';
import type { Row, StorePart, StoreSession } from './transactions.ts';

/** What waits for channels, and every attempt to deliver it. */
export function createDeliveryMethods({ schema, rows, change, together }: StorePart): DeliveryMethods {
  const messageOf = async (session: StoreSession, row: Row): Promise<WaitingMessage> => {
    const firings = await session.rows(
      `SELECT firing.* FROM ${schema}.delivery JOIN ${schema}.firing ON firing.id = delivery.firing_id
       WHERE delivery.message_id = $1 ORDER BY delivery.number`,
      row.id,
    );
    return {
      id: row.id as string,
      channelId: row.channel_id as string,
      since: row.since as number,
      attempts: row.attempts as number,
      dueAt: row.due_at as number,
      firings: firings.map(toFiring),
    };
  };

  return {
    undelivered: async (nowMs, limit) => {
      const text = `SELECT * FROM ${schema}.firing WHERE waits AND (digest_until IS NULL OR digest_until <= $1)
                    ORDER BY number LIMIT $2`;
      return (await rows(text, nowMs, limit)).map(toFiring);
    },
    handOver: (ids) =>
      together(async (session) => {
        const taken = await session.rows(
          `UPDATE ${schema}.firing SET waits = false WHERE id = ANY ($1) AND waits RETURNING *`,
          ids,
        );
        const named = taken
          .sort((a, b) => (a.number as number) - (b.number as number))
          .map(toFiring)
          .flatMap(({ id, owner, keptAt, channels }) =>
            channels.map((channel) => ({ channel, owner, id, keptAt })),
          );
        if (named.length === 0) return;
        const columns = (['channel', 'owner', 'id', 'keptAt'] as const).map((column) =>
          named.map((each) => each[column]),
        );
        await session.change(
          `INSERT INTO ${schema}.delivery (channel_id, firing_id, since)
           SELECT channel.id, given.id, given.kept_at
           FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY
             AS given (channel_id, owner, id, kept_at, place)
           JOIN ${schema}.channel ON channel.id = given.channel_id AND channel.owner = given.owner
           WHERE channel.status <> 'disabled'
           ORDER BY given.place
           ON CONFLICT DO NOTHING`,
          ...columns,
        );
      }),
    channelsDue: async (nowMs, limit) => {
      const found = await rows(
        `SELECT channel_id FROM (
           SELECT channel_id, due_at AS since FROM ${schema}.message WHERE due_at <= $1
           UNION ALL SELECT channel_id, since FROM ${schema}.delivery WHERE message_id IS NULL) AS waiting
         WHERE channel_id IN (SELECT id FROM ${schema}.channel WHERE not_before <= $1)
         GROUP BY channel_id ORDER BY min(since), channel_id LIMIT $2`,
        ...[nowMs, limit],
      );
      return found.map((row) => row.channel_id as string);
    },
    nextMessage: (channelId, newId, nowMs, most) =>
      together(async (session) => {
        await session.hold(`messages ${channelId}`);
        const [channel] = await session.rows(
          `SELECT FROM ${schema}.channel WHERE id = $1 AND not_before <= $2`,
          ...[channelId, nowMs],
        );
        if (channel === undefined) return null;
        const [due] = await session.rows(
          `SELECT * FROM ${schema}.message WHERE channel_id = $1 AND due_at <= $2 ORDER BY due_at, since, id LIMIT 1`,
          ...[channelId, nowMs],
        );
        if (due !== undefined) return messageOf(session, due);
        const taken = await session.change(
          `UPDATE ${schema}.delivery SET message_id = $1 WHERE number IN (
             SELECT number FROM ${schema}.delivery WHERE channel_id = $2 AND message_id IS NULL ORDER BY number LIMIT $3)`,
          ...[newId, channelId, most],
        );
        if (taken === 0) return null;
        const text = `INSERT INTO ${schema}.message VALUES ($1, $2, $3, 0, $3) RETURNING *`;
        const [made] = await session.rows(text, newId, channelId, nowMs);
        return messageOf(session, made);
      }),
    async postponeMessage(id, attempts, dueAt) {
      await change(
        `UPDATE ${schema}.message SET attempts = $2, due_at = $3 WHERE id = $1`,
        id,
        attempts,
        dueAt,
      );
    },
    endMessage: (id) =>
      together(async (session) => {
        await session.change(`DELETE FROM ${schema}.delivery WHERE message_id = $1`, id);
        await session.change(`DELETE FROM ${schema}.message WHERE id = $1`, id);
      }),
    dropWaiting: (channelId) =>
      together(async (session) => {
        await session.change(`DELETE FROM ${schema}.message WHERE channel_id = $1`, channelId);
        return session.change(`DELETE FROM ${schema}.delivery WHERE channel_id = $1`, channelId);
      }),
    async noteAttempt(attempt) {
      const { id, owner, channelId, at, firingIds } = attempt;
      await change(
        `INSERT INTO ${schema}.attempt VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        ...[id, owner, channelId, at, firingIds, JSON.stringify(attempt)],
      );
    },
    async attempts({ owner, channelId, firingId, before, limit }) {
      const found = await rows(
        `SELECT * FROM ${schema}.attempt
         WHERE owner = $1 AND ($2::text IS NULL OR channel_id = $2) AND ($3::text IS NULL OR firing_ids @> ARRAY[$3])
           AND ($4::bigint IS NULL OR (at, id) < ($4, $5))
         ORDER BY at DESC, id DESC LIMIT $6`,
        ...[owner, channelId ?? null, firingId ?? null, before?.at ?? null, before?.id ?? null, limit],
      );
      return found.map(toAttempt);
    },
  };
}

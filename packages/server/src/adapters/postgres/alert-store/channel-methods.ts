import type { ChannelMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toChannel } from '../../alerts/rows.ts';
import type { StorePart } from './transactions.ts';

export function createChannelMethods({ schema, rows, change, together }: StorePart): ChannelMethods {
  return {
    createChannel: (channel, most) =>
      together(async (session) => {
        const { id, owner, version, name, kind, sealedTarget, shown, status, reason, createdAt } = channel;
        await session.hold(`channels ${owner}`);
        const text = `SELECT count(*) AS channels FROM ${schema}.channel WHERE owner = $1`;
        const [held] = await session.rows(text, owner);
        if ((held.channels as number) >= most) return false;
        await session.change(
          `INSERT INTO ${schema}.channel VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
          ...[id, owner, version, name, kind, sealedTarget, shown, status, reason, createdAt],
          ...[channel.lastDeliveredAt, channel.notBefore],
        );
        return true;
      }),
    async channel(id) {
      const [row] = await rows(`SELECT * FROM ${schema}.channel WHERE id = $1`, id);
      return row === undefined ? null : toChannel(row);
    },
    channelsOf: async (owner) =>
      (await rows(`SELECT * FROM ${schema}.channel WHERE owner = $1 ORDER BY name, id`, owner)).map(
        toChannel,
      ),
    putChannel: async ({ id, owner, version, name, kind, sealedTarget, shown, ...note }, from) =>
      (await change(
        `UPDATE ${schema}.channel
         SET version = $4, name = $5, kind = $6, sealed_target = $7, shown = $8, status = $9, reason = $10,
           last_delivered_at = $11, not_before = $12
         WHERE id = $1 AND owner = $2 AND version = $3`,
        ...[id, owner, from, version, name, kind, sealedTarget, shown],
        ...[note.status, note.reason, note.lastDeliveredAt, note.notBefore],
      )) === 1,
    noteChannel: async (id, version, { status, reason, lastDeliveredAt, notBefore }) =>
      (await change(
        `UPDATE ${schema}.channel SET status = $3, reason = $4, last_delivered_at = $5, not_before = $6 WHERE id = $1 AND version = $2`,
        ...[id, version, status, reason, lastDeliveredAt, notBefore],
      )) === 1,
    removeChannel: (owner, id) =>
      together(async (session) => {
        const text = `DELETE FROM ${schema}.channel WHERE id = $1 AND owner = $2`;
        if ((await session.change(text, id, owner)) !== 1) return false;
        await session.change(`DELETE FROM ${schema}.delivery WHERE channel_id = $1`, id);
        await session.change(`DELETE FROM ${schema}.message WHERE channel_id = $1`, id);
        return true;
      }),
  };
}

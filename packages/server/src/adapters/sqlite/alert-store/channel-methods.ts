import type { ChannelMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toChannel } from '../../alerts/rows.ts';
import type { AtOnce, StorePart } from './store-part.ts';

export function createChannelMethods({ sql, together }: StorePart): AtOnce<ChannelMethods> {
  return {
    createChannel: (channel, most) =>
      together(() => {
        const held = sql('SELECT count(*) AS channels FROM channel WHERE owner = ?').get(channel.owner);
        if ((held?.channels as number) >= most) return false;
        const { id, owner, version, name, kind, sealedTarget, shown, status, reason, createdAt } = channel;
        sql('INSERT INTO channel VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
          ...[id, owner, version, name, kind, sealedTarget, shown, status, reason, createdAt],
          ...[channel.lastDeliveredAt, channel.notBefore],
        );
        return true;
      }),
    channel(id) {
      const row = sql('SELECT * FROM channel WHERE id = ?').get(id);
      return row === undefined ? null : toChannel(row);
    },
    channelsOf: (owner) =>
      sql('SELECT * FROM channel WHERE owner = ? ORDER BY name, id').all(owner).map(toChannel),
    putChannel: ({ id, owner, version, name, kind, sealedTarget, shown, ...note }, from) =>
      sql(
        `UPDATE channel
         SET version = ?, name = ?, kind = ?, sealed_target = ?, shown = ?, status = ?, reason = ?, last_delivered_at = ?, not_before = ?
         WHERE id = ? AND owner = ? AND version = ?`,
      ).run(
        ...[
          version,
          name,
          kind,
          sealedTarget,
          shown,
          note.status,
          note.reason,
          note.lastDeliveredAt,
          note.notBefore,
        ],
        ...[id, owner, from],
      ).changes === 1,
    noteChannel: (id, version, { status, reason, lastDeliveredAt, notBefore }) =>
      sql(
        `UPDATE channel SET status = ?, reason = ?, last_delivered_at = ?, not_before = ? WHERE id = ? AND version = ?`,
      ).run(status, reason, lastDeliveredAt, notBefore, id, version).changes === 1,
    removeChannel: (owner, id) =>
      together(() => {
        if (sql('DELETE FROM channel WHERE id = ? AND owner = ?').run(id, owner).changes !== 1) return false;
        sql('DELETE FROM delivery WHERE channel_id = ?').run(id);
        sql('DELETE FROM message WHERE channel_id = ?').run(id);
        return true;
      }),
  };
}

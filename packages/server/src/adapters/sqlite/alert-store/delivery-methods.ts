import type { NewFiring, WaitingMessage } from '../../../ports/stores/alerts/alert-records.ts';
import type { DeliveryMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toAttempt, toFiring } from '../../alerts/rows.ts';
import type { AtOnce, StorePart } from './store-part.ts';

/** What waits for channels, and every attempt to deliver it. */
export function createDeliveryMethods({ sql, together }: StorePart): AtOnce<DeliveryMethods> {
  const messageOf = (row: Row): WaitingMessage => ({
    id: row.id as string,
    channelId: row.channel_id as string,
    since: row.since as number,
    attempts: row.attempts as number,
    dueAt: row.due_at as number,
    firings: sql(
      `SELECT firing.* FROM delivery JOIN firing ON firing.id = delivery.firing_id
       WHERE delivery.message_id = ? ORDER BY delivery.number`,
    )
      .all(row.id as string)
      .map(toFiring),
  });

  function handOver(id: string): void {
    const row = sql('UPDATE firing SET waits = 0 WHERE id = ? AND waits = 1 RETURNING firing, kept_at').get(
      id,
    );
    if (row === undefined) return;
    const { owner, channels } = JSON.parse(row.firing as string) as NewFiring;
    for (const channel of channels) {
      sql(
        `INSERT INTO delivery (channel_id, firing_id, since) SELECT id, ?, ? FROM channel
         WHERE id = ? AND owner = ? AND status <> 'disabled' ON CONFLICT DO NOTHING`,
      ).run(id, row.kept_at as number, channel, owner);
    }
  }

  return {
    undelivered: (nowMs, limit) =>
      sql(
        `SELECT * FROM firing WHERE waits = 1 AND (digest_until IS NULL OR digest_until <= ?) ORDER BY number LIMIT ?`,
      )
        .all(nowMs, limit)
        .map(toFiring),
    handOver: (ids) =>
      together(() => {
        for (const id of ids) handOver(id);
      }),
    channelsDue: (nowMs, limit) =>
      sql(
        `SELECT channel_id FROM (
           SELECT channel_id, due_at AS since FROM message WHERE due_at <= ?
           UNION ALL SELECT channel_id, since FROM delivery WHERE message_id IS NULL)
         WHERE channel_id IN (SELECT id FROM channel WHERE not_before <= ?)
         GROUP BY channel_id ORDER BY min(since), channel_id LIMIT ?`,
      )
        .all(nowMs, nowMs, limit)
        .map((row) => row.channel_id as string),
    nextMessage: (channelId, newId, nowMs, most) =>
      together(() => {
        const channel = sql('SELECT not_before FROM channel WHERE id = ?').get(channelId);
        if (channel === undefined || (channel.not_before as number) > nowMs) return null;
        const due = sql(
          'SELECT * FROM message WHERE channel_id = ? AND due_at <= ? ORDER BY due_at, since, id LIMIT 1',
        ).get(channelId, nowMs);
        if (due !== undefined) return messageOf(due);
        const { changes } = sql(
          `UPDATE delivery SET message_id = ? WHERE number IN (
             SELECT number FROM delivery WHERE channel_id = ? AND message_id IS NULL ORDER BY number LIMIT ?)`,
        ).run(newId, channelId, most);
        if (changes === 0) return null;
        const text = 'INSERT INTO message VALUES (?, ?, ?, 0, ?) RETURNING *';
        return messageOf(sql(text).get(newId, channelId, nowMs, nowMs) as Row);
      }),
    postponeMessage(id, attempts, dueAt) {
      sql('UPDATE message SET attempts = ?, due_at = ? WHERE id = ?').run(attempts, dueAt, id);
    },
    endMessage: (id) =>
      together(() => {
        sql('DELETE FROM delivery WHERE message_id = ?').run(id);
        sql('DELETE FROM message WHERE id = ?').run(id);
      }),
    dropWaiting: (channelId) =>
      together(() => {
        sql('DELETE FROM message WHERE channel_id = ?').run(channelId);
        return Number(sql('DELETE FROM delivery WHERE channel_id = ?').run(channelId).changes);
      }),
    noteAttempt: (attempt) =>
      together(() => {
        const { id, owner, channelId, at, firingIds } = attempt;
        const text = 'INSERT INTO attempt VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
        sql(text).run(id, owner, channelId, at, JSON.stringify(attempt));
        for (const firing of firingIds) {
          sql('INSERT INTO attempt_firing VALUES (?, ?) ON CONFLICT DO NOTHING').run(firing, id);
        }
      }),
    attempts({ owner, channelId, firingId, before, limit }) {
      const conditions = ['owner = ?'];
      const values: (string | number)[] = [owner];
      const also = (condition: string, ...given: (string | number)[]) => {
        conditions.push(condition);
        values.push(...given);
      };
      if (channelId !== undefined) also('channel_id = ?', channelId);
      if (firingId !== undefined) {
        also('id IN (SELECT attempt_id FROM attempt_firing WHERE firing_id = ?)', firingId);
      }
      if (before !== undefined) also('(at, id) < (?, ?)', before.at, before.id);
      const text = `SELECT * FROM attempt WHERE ${conditions.join(' AND ')} ORDER BY at DESC, id DESC LIMIT ?`;
      return sql(text)
        .all(...values, limit)
        .map(toAttempt);
    },
  };
}

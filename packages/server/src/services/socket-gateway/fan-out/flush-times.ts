import type { ActiveChannel } from './channel-members.ts';

/** How long after the end of its interval a busy room waits for its next update, as a part of the interval. */
const MOST_PATIENCE = 1 / 4;
/** Timers are not exact to this, milliseconds. */
export const TOLERANCE_MS = 1;

/**
 * Notes a change of the room. A room that was quiet for an interval is due at once. One that has a single
 * change waits for the end of its interval and no longer. One that changes several times in an interval is due
 * when its first update after the interval arrives, so that the newest update never waits for a timer; if none
 * arrives, a quarter of the interval later.
 * True when the room is due sooner than was known.
 */
export function noteChange(active: ActiveChannel, now: number): boolean {
  const { intervalMs } = active.channel;
  active.resync = null;
  active.changes += 1;
  const earliest = active.flushedAt + intervalMs;
  if (active.dueAt === null) {
    active.dueAt = Math.max(now, earliest);
    return true;
  }
  if (now >= earliest) {
    if (active.dueAt <= now) return false;
    active.dueAt = now;
    return true;
  }
  if (active.changes === 2) active.dueAt = earliest + intervalMs * MOST_PATIENCE;
  return false;
}

/** Notes a flush, or that there was nothing to flush. The interval counts from when a slightly late one was due. */
export function noteFlush(active: ActiveChannel, now: number, empty: boolean): void {
  const { dueAt, channel } = active;
  active.dueAt = null;
  active.changes = 0;
  if (empty) return;
  const lateMs = dueAt === null ? Number.NaN : now - dueAt;
  const onTime = lateMs >= -TOLERANCE_MS && lateMs < channel.intervalMs / 2;
  active.flushedAt = onTime ? now - lateMs : now;
}

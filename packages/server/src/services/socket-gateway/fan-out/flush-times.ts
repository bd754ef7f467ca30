import { type Room, SLOTS } from './roster.ts';

/** How much later than allowed a flush may be, as a part of the interval, to leave together with others. */
const MOST_SHIFT = 1 / 4;
/** Timers and the grid are not exact to this, milliseconds. */
export const TOLERANCE_MS = 1;

/**
 * Notes a change of the room. A room that was quiet for an interval is due at once. One that has a single
 * change waits for the end of its interval and no longer. One that changes several times in an interval has
 * its flushes on a grid (the multiples of the interval, shifted by the room's slot), where those of the same
 * slot coincide and members of several get them in one write; it gets there in steps of a quarter.
 * True when the time of its flush is new.
 */
export function noteChange(room: Room, now: number): boolean {
  const { intervalMs } = room.channel;
  room.whole = null;
  room.changes += 1;
  const earliest = room.flushedAt + intervalMs;
  if (room.dueAt === null) {
    room.dueAt = Math.max(now, earliest);
    return true;
  }
  if (room.changes !== 2 || room.dueAt > earliest) return false;
  const shifted = Math.min(gridTimeFrom(earliest, room), earliest + intervalMs * MOST_SHIFT);
  if (Math.abs(shifted - earliest) < TOLERANCE_MS) return false;
  room.dueAt = shifted;
  return true;
}

/** Notes a flush, or that there was nothing to flush. One that was a little late leaves the room on its grid. */
export function noteFlush(room: Room, now: number, empty: boolean): void {
  const { dueAt, channel } = room;
  room.dueAt = null;
  room.changes = 0;
  if (empty) return;
  const lateMs = dueAt === null ? Number.NaN : now - dueAt;
  const onTime = lateMs >= -TOLERANCE_MS && lateMs < channel.intervalMs / 2;
  room.flushedAt = onTime ? now - lateMs : now;
}

function gridTimeFrom(from: number, { slot, channel }: Room): number {
  const { intervalMs } = channel;
  if (intervalMs === 0) return from;
  const shift = (slot / SLOTS) * intervalMs;
  return Math.ceil((from - TOLERANCE_MS - shift) / intervalMs) * intervalMs + shift;
}

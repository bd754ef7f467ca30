import { createRoster, type Room } from './channel-members.ts';
import { createDelivery } from './delivery.ts';
import type { FanOut } from './fan-out.ts';
import { FAN_OUT_DEFAULTS, type FanOutSettings, type FanOutStats } from './fan-out-settings.ts';
import { noteChange, noteFlush, TOLERANCE_MS } from './flush-times.ts';
import { encodeFrame } from './frame.ts';
import { createJoinedFrames } from './joined-frames.ts';

/** Members served between two looks at the clock. */
const MEMBERS_PER_LOOK = 16;

/**
 * The fan-out of one process; README.md says how and why. `stats` counts since the start. A channel's `take`
 * is called when it is flushed, and what it gives reaches members within the next turns of the event loop, a
 * slice of `sliceMs` in each. While that lasts the channel is not flushed again: under overload updates are
 * conflated and do not pile up.
 */
export function createFanOut(
  given: Partial<FanOutSettings> = {},
): FanOut & { readonly stats: () => FanOutStats } {
  const settings: FanOutSettings = { ...FAN_OUT_DEFAULTS, ...given };
  const joined = createJoinedFrames();
  const delivery = createDelivery(settings, joined);
  const pending = new Set<Room>();
  const delivering: Room[] = [];
  const roster = createRoster({
    onRoomEmpty: (room) => pending.delete(room),
    onMemberGone: delivery.forget,
  });
  let turn: NodeJS.Immediate | null = null;
  let timer: NodeJS.Timeout | null = null;
  let timerAt = Number.POSITIVE_INFINITY;
  /** Rooms that are due by then are taken in this turn. */
  let horizon = Number.NEGATIVE_INFINITY;
  let stopped = false;

  function take(room: Room): void {
    pending.delete(room);
    const events = room.channel.take();
    noteFlush(room, performance.now(), events.length === 0);
    if (events.length === 0) return;
    if (room.frames.length === 0) delivering.push(room);
    room.frames.push(encodeFrame(events));
    room.version += 1;
    room.cursor = room.memberships.length - 1;
  }

  /** Takes a room out of its channel if its time has come. What was taken before is with every member first. */
  function takeIfDue(room: Room): void {
    if (room.dueAt !== null && room.dueAt <= horizon && room.frames.length === 0) take(room);
  }

  /**
   * False when time is up before everything is done. From the last member to the first: one that leaves
   * meanwhile is replaced by the last, which was looked at, and one that joins meanwhile is beyond the cursor
   * and has a snapshot.
   */
  function deliver(until: number): boolean {
    for (;;) {
      const [room] = delivering;
      if (!room) break;
      while (room.cursor >= 0) {
        for (let i = 0; i < MEMBERS_PER_LOOK && room.cursor >= 0; i++) {
          const { seen, member } = room.memberships[room.cursor];
          room.cursor -= 1;
          if (seen === room.version) continue;
          // Whatever else is due for this member leaves in the same write.
          for (const other of member.memberships) takeIfDue(other.room);
          delivery.serve(member);
        }
        if (performance.now() >= until) return false;
      }
      room.frames = [];
      delivering.shift();
      settings.onFlushed(room.channel, performance.now() - room.flushedAt);
    }
    joined.clear();
    return true;
  }

  /** What is with its members is done before the next room is taken, which has newer content by then. */
  function deliverDue(until: number): boolean {
    if (!deliver(until)) return false;
    for (const room of pending) {
      takeIfDue(room);
      if (!deliver(until)) return false;
    }
    return true;
  }

  function pump(): void {
    rest();
    const now = performance.now();
    horizon = now + TOLERANCE_MS;
    if (!deliverDue(now + settings.sliceMs)) {
      turn = setImmediate(pump);
      return;
    }
    for (const room of pending) wakeAt(room.dueAt as number);
  }

  function wakeAt(dueAt: number): void {
    if (turn) return;
    const waitMs = dueAt - performance.now();
    if (waitMs <= 0) {
      rest();
      turn = setImmediate(pump);
    } else if (dueAt < timerAt) {
      rest();
      timerAt = dueAt;
      timer = setTimeout(pump, Math.ceil(waitMs));
    }
  }

  function rest(): void {
    if (turn) clearImmediate(turn);
    if (timer) clearTimeout(timer);
    turn = null;
    timer = null;
    timerAt = Number.POSITIVE_INFINITY;
  }

  return {
    join(socket, channel) {
      if (stopped || !socket.connected) return;
      const membership = roster.enter(socket, channel);
      // A member that joins again starts from the snapshot it was given, whatever is on its way.
      membership.seen = membership.room.version;
      membership.missed = false;
    },
    leave(socket, channel) {
      const membership = roster.member(socket)?.memberships.find((each) => each.room.channel === channel);
      if (membership) roster.leave(membership);
    },
    members: (channel) => roster.room(channel)?.memberships.length ?? 0,
    due(channel) {
      const room = roster.room(channel);
      if (!room || stopped) return;
      if (!noteChange(room, performance.now())) return;
      pending.add(room);
      wakeAt(room.dueAt as number);
    },
    flush(channel) {
      const room = roster.room(channel);
      if (stopped) return;
      if (!room) {
        channel.take();
        return;
      }
      take(room);
      if (room.frames.length > 0) wakeAt(0);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      rest();
      for (const room of pending) take(room);
      deliver(Number.POSITIVE_INFINITY);
      delivery.stop();
      roster.clear();
    },
    stats: delivery.stats,
  };
}

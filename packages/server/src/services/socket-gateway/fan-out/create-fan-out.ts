import { type ActiveChannel, createChannelMembers } from './channel-members.ts';
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
  const pending = new Set<ActiveChannel>();
  const delivering: ActiveChannel[] = [];
  const channelMembers = createChannelMembers({
    onChannelEmpty: (active) => pending.delete(active),
    onMemberGone: delivery.forget,
  });
  let turn: NodeJS.Immediate | null = null;
  let timer: NodeJS.Timeout | null = null;
  let timerAt = Number.POSITIVE_INFINITY;
  /** Rooms that are due by then are taken in this turn. */
  let horizon = Number.NEGATIVE_INFINITY;
  let stopped = false;

  function take(active: ActiveChannel): void {
    pending.delete(active);
    const events = active.channel.take();
    noteFlush(active, performance.now(), events.length === 0);
    if (events.length === 0) return;
    if (active.frames.length === 0) delivering.push(active);
    active.frames.push(encodeFrame(events));
    active.version += 1;
    active.cursor = active.memberships.length - 1;
  }

  /** Takes a room out of its channel if its time has come. What was taken before is with every member first. */
  function takeIfDue(active: ActiveChannel): void {
    if (active.dueAt !== null && active.dueAt <= horizon && active.frames.length === 0) take(active);
  }

  /**
   * False when time is up before everything is done. From the last member to the first: one that leaves
   * meanwhile is replaced by the last, which was looked at, and one that joins meanwhile is beyond the cursor
   * and has a snapshot.
   */
  function deliver(until: number): boolean {
    for (;;) {
      const [active] = delivering;
      if (!active) break;
      while (active.cursor >= 0) {
        for (let i = 0; i < MEMBERS_PER_LOOK && active.cursor >= 0; i++) {
          const { seen, member } = active.memberships[active.cursor];
          active.cursor -= 1;
          if (seen === active.version) continue;
          // Whatever else is due for this member leaves in the same write.
          for (const other of member.memberships) takeIfDue(other.active);
          delivery.serve(member);
        }
        if (performance.now() >= until) return false;
      }
      active.frames = [];
      delivering.shift();
      settings.onFlushed(active.channel, performance.now() - active.flushedAt);
    }
    joined.clear();
    return true;
  }

  /** What is with its members is done before the next room is taken, which has newer content by then. */
  function deliverDue(until: number): boolean {
    if (!deliver(until)) return false;
    for (const active of pending) {
      takeIfDue(active);
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
    for (const active of pending) wakeAt(active.dueAt as number);
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
      const membership = channelMembers.enter(socket, channel);
      // A member that joins again starts from the snapshot it was given, whatever is on its way.
      membership.seen = membership.active.version;
      membership.missed = false;
    },
    leave(socket, channel) {
      const membership = channelMembers
        .member(socket)
        ?.memberships.find((each) => each.active.channel === channel);
      if (membership) channelMembers.leave(membership);
    },
    members: (channel) => channelMembers.active(channel)?.memberships.length ?? 0,
    due(channel) {
      const active = channelMembers.active(channel);
      if (!active || stopped) return;
      if (!noteChange(active, performance.now())) return;
      pending.add(active);
      wakeAt(active.dueAt as number);
    },
    flush(channel) {
      const active = channelMembers.active(channel);
      if (stopped) return;
      if (!active) {
        channel.take();
        return;
      }
      take(active);
      if (active.frames.length > 0) wakeAt(0);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      rest();
      for (const active of pending) take(active);
      deliver(Number.POSITIVE_INFINITY);
      delivery.stop();
      channelMembers.clear();
    },
    stats: delivery.stats,
  };
}

import { isRecorded, logContext } from '../../../kit/tracing/trace-context.ts';
import {
  type ActiveChannel,
  createChannelMembers,
  type Member,
  noteChange,
  noteFlush,
  TOLERANCE_MS,
} from './channel-members.ts';
import {
  type BacklogPolicy,
  FAN_OUT_DEFAULTS,
  type FanOut,
  type FanOutSettings,
  type FanOutStats,
} from './fan-out.ts';
import {
  createJoinedFrames,
  directWay,
  encodeFrame,
  type Frame,
  type JoinedFrames,
  type Network,
  packetOf,
  waitingBytes,
} from './web-socket-frames.ts';

/** Members served between two looks at the clock. */
const MEMBERS_PER_LOOK = 16;

/**
 * The fan-out of one process; README.md says how and why. `stats` counts since the start. A channel's `take`
 * is called when it is flushed, and what it gives reaches members within the next turns of the event loop, a
 * slice of `sliceMs` in each. While that lasts the channel is not flushed again: under overload updates are
 * conflated and do not pile up.
 */
export function createFanOut(
  backlog: BacklogPolicy,
  given: Partial<FanOutSettings> = {},
): FanOut & { readonly stats: () => FanOutStats } {
  const settings: FanOutSettings = { ...FAN_OUT_DEFAULTS, ...given };
  const joined = createJoinedFrames();
  const delivery = createDelivery(backlog, joined);
  const pending = new Set<ActiveChannel>();
  const delivering: ActiveChannel[] = [];
  const channelMembers = createChannelMembers({
    onChannelEmpty: (active) => pending.delete(active),
    onMemberGone: (member) => member.stopWaiting?.(),
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
    const trace = active.waitingTrace;
    active.waitingTrace = null;
    if (events.length === 0) return;
    active.takenTrace ??= trace;
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
      settings.flushed.observe((performance.now() - active.flushedAt) / 1000);
      active.takenTrace?.(active.memberships.length);
      active.takenTrace = null;
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
      if (isRecorded(logContext())) active.waitingTrace ??= settings.traceFlush(active.channel);
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
      channelMembers.clear();
    },
    stats: delivery.stats,
  };
}

interface Delivery {
  /** Sends a member everything that its channels have for it, in one write where that is possible. */
  serve(member: Member): void;
  stats(): FanOutStats;
}

/** The way of frames to one member: straight to its connection, as packets of engine.io, or later. */
function createDelivery(backlog: BacklogPolicy, joined: JoinedFrames): Delivery {
  const count = { deliveries: 0, packets: 0, writes: 0, bytes: 0, missed: 0, caughtUp: 0 };
  /** The frames for the member that is being served; one array for all of them. */
  const frames: Frame[] = [];

  function serve(member: Member): void {
    if (waitingBytes(member.connection) > backlog.behindBytes) {
      miss(member);
      return;
    }
    collect(member);
    member.stopWaiting?.();
    member.stopWaiting = null;
    if (frames.length === 0) return;
    // All state is settled before anything is sent: sending may cut the member.
    const network = directWay(member.connection);
    if (network) write(network);
    else sendPackets(member);
    frames.length = 0;
  }

  function miss(member: Member): void {
    for (const membership of member.memberships) {
      const { version } = membership.active;
      if (membership.seen === version) continue;
      membership.seen = version;
      membership.missed = true;
      count.missed += 1;
    }
    member.stopWaiting ??= backlog.whenDrained(member.socket.conn, () => {
      member.stopWaiting = null;
      serve(member);
    });
  }

  function collect({ memberships }: Member): void {
    for (const membership of memberships) {
      const { active } = membership;
      if (membership.missed) {
        const resync = resyncFrameOf(active);
        if (resync.events.length > 0) frames.push(resync);
        membership.missed = false;
        count.caughtUp += 1;
      } else {
        for (let late = active.version - membership.seen; late > 0; late--) {
          frames.push(active.frames[active.frames.length - late]);
        }
      }
      membership.seen = active.version;
    }
  }

  function resyncFrameOf(active: ActiveChannel): Frame {
    active.resync ??= encodeFrame(active.channel.resyncEvents());
    return active.resync;
  }

  function write(network: Network): void {
    const joint = joined.join(frames);
    if (joint) network.write(joint);
    else {
      network.cork();
      for (const { bytes } of frames) network.write(bytes);
      network.uncork();
    }
    count.writes += 1;
    for (const { events, bytes } of frames) {
      count.deliveries += events.length;
      count.bytes += bytes.length;
    }
  }

  function sendPackets(member: Member): void {
    const { conn } = member.socket;
    for (const { events } of frames) {
      for (const event of events) conn.write(packetOf(event), { compress: false });
      count.deliveries += events.length;
      count.packets += events.length;
    }
  }

  return { serve, stats: () => ({ ...count }) };
}

import type { Channel, FlushTrace, MemberSocket } from './fan-out.ts';
import { type Connection, connectionOf, type Frame } from './web-socket-frames.ts';

/** A channel with at least one member. */
export interface ActiveChannel {
  readonly channel: Channel;
  readonly memberships: Membership[];
  /** How often something was taken out of the channel. */
  version: number;
  /** What was taken and is not yet with every member: the last of them is `version`. */
  frames: Frame[];
  /** Memberships above it have been looked at in this delivery. */
  cursor: number;
  /** The present state, encoded for members that missed flushes; null when it may have changed. */
  resync: Frame | null;
  /** When it may be flushed, null while nothing has changed. */
  dueAt: number | null;
  flushedAt: number;
  /** Changes since the last flush. */
  changes: number;
  /** Of a change that waits for its flush, and of one that is being delivered. */
  waitingTrace: FlushTrace | null;
  takenTrace: FlushTrace | null;
}

export interface Membership {
  readonly active: ActiveChannel;
  readonly member: Member;
  /** Its place in the room. */
  index: number;
  /** The version of the room that the member has, or that its snapshot covers. */
  seen: number;
  /** It has not seen everything and needs the full state. */
  missed: boolean;
}

export interface Member {
  readonly socket: MemberSocket;
  readonly connection: Connection;
  readonly memberships: Membership[];
  /** Ends the wait for what it has not taken; null while it misses nothing. */
  stopWaiting: (() => void) | null;
}

export interface ChannelMembers {
  active(channel: Channel): ActiveChannel | undefined;
  member(socket: MemberSocket): Member | undefined;
  /** The membership, a new one or the one there is. */
  enter(socket: MemberSocket, channel: Channel): Membership;
  leave(membership: Membership): void;
  clear(): void;
}

export interface ChannelMembersListener {
  onChannelEmpty(active: ActiveChannel): void;
  onMemberGone(member: Member): void;
}

/** A channel that nobody is in yet. */
export const activeChannel = (channel: Channel): ActiveChannel => ({
  channel,
  memberships: [],
  version: 0,
  frames: [],
  cursor: -1,
  resync: null,
  dueAt: null,
  flushedAt: Number.NEGATIVE_INFINITY,
  changes: 0,
  waitingTrace: null,
  takenTrace: null,
});

/** Who is in which channel. Everything but the search in one member's channels takes constant time. */
export function createChannelMembers({
  onChannelEmpty,
  onMemberGone,
}: ChannelMembersListener): ChannelMembers {
  const byChannel = new Map<Channel, ActiveChannel>();
  const members = new Map<MemberSocket, Member>();

  function openChannel(channel: Channel): ActiveChannel {
    const active = activeChannel(channel);
    byChannel.set(channel, active);
    return active;
  }

  function openMember(socket: MemberSocket): Member {
    const connection = connectionOf(socket.conn);
    const member: Member = { socket, connection, memberships: [], stopWaiting: null };
    members.set(socket, member);
    socket.on('disconnect', onDisconnect);
    return member;
  }

  /** One function for all connections; Socket.IO calls it with the socket. */
  function onDisconnect(this: unknown): void {
    const member = members.get(this as MemberSocket);
    if (member) for (const membership of [...member.memberships]) leave(membership);
  }

  function leave(membership: Membership): void {
    const { active, member, index } = membership;
    removeBySwap(member.memberships, member.memberships.indexOf(membership));
    const moved = removeBySwap(active.memberships, index);
    if (moved) moved.index = index;
    active.cursor = Math.min(active.cursor, active.memberships.length - 1);
    if (active.memberships.length === 0) {
      byChannel.delete(active.channel);
      onChannelEmpty(active);
    }
    if (member.memberships.length === 0) {
      members.delete(member.socket);
      member.socket.off('disconnect', onDisconnect);
      onMemberGone(member);
    }
  }

  return {
    active: (channel) => byChannel.get(channel),
    member: (socket) => members.get(socket),
    enter(socket, channel) {
      const member = members.get(socket) ?? openMember(socket);
      const present = member.memberships.find((each) => each.active.channel === channel);
      if (present) return present;
      const active = byChannel.get(channel) ?? openChannel(channel);
      const index = active.memberships.length;
      const membership: Membership = { active, member, index, seen: active.version, missed: false };
      active.memberships.push(membership);
      member.memberships.push(membership);
      return membership;
    },
    leave,
    clear() {
      for (const member of [...members.values()]) for (const each of [...member.memberships]) leave(each);
    },
  };
}

/** Takes out one element and puts the last in its place; returns which moved, if any did. */
function removeBySwap<T>(list: T[], index: number): T | undefined {
  const last = list.pop();
  if (last === undefined || index === list.length) return undefined;
  list[index] = last;
  return last;
}

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

import type { ServerToClientEvents } from '@deltastream/contracts';
import type { ClientSocket } from '../client-session.ts';
import type { Channel, EncodedEvent, FanOut } from './fan-out.ts';

interface Line {
  readonly members: Set<ClientSocket>;
  sentAt: number;
  turn: NodeJS.Immediate | null;
  timer: NodeJS.Timeout | null;
}

/** Delivers channels by Socket.IO's own `emit`, one packet per member. */
export function createPlainFanOut(): FanOut {
  const lines = new Map<Channel, Line>();
  let stopped = false;

  function send(member: ClientSocket, events: readonly EncodedEvent[]): void {
    for (const { event, json } of events) member.emit(event as keyof ServerToClientEvents, JSON.parse(json));
  }

  function flush(channel: Channel): void {
    const line = lines.get(channel);
    if (!line) return;
    if (line.turn) clearImmediate(line.turn);
    if (line.timer) clearTimeout(line.timer);
    line.turn = null;
    line.timer = null;
    const events = channel.take();
    if (events.length === 0) return;
    line.sentAt = performance.now();
    for (const member of line.members) send(member, events);
  }

  return {
    join(member, channel) {
      const line = lines.get(channel) ?? {
        members: new Set<ClientSocket>(),
        sentAt: Number.NEGATIVE_INFINITY,
        turn: null,
        timer: null,
      };
      line.members.add(member);
      lines.set(channel, line);
    },
    leave(member, channel) {
      const line = lines.get(channel);
      if (!line?.members.delete(member) || line.members.size > 0) return;
      if (line.turn) clearImmediate(line.turn);
      if (line.timer) clearTimeout(line.timer);
      lines.delete(channel);
    },
    members: (channel) => lines.get(channel)?.members.size ?? 0,
    due(channel) {
      const line = lines.get(channel);
      if (!line || line.turn || line.timer || stopped) return;
      const waitMs = line.sentAt + channel.intervalMs - performance.now();
      if (waitMs <= 0) line.turn = setImmediate(flush, channel);
      else line.timer = setTimeout(flush, Math.ceil(waitMs), channel);
    },
    flush,
    stop() {
      if (stopped) return;
      stopped = true;
      for (const channel of lines.keys()) flush(channel);
    },
  };
}

import { cutConnection } from '../connections/cut-connection.ts';
import type { Member } from './channel-members.ts';
import { waitingBytes } from './connection.ts';
import type { FanOutSettings } from './fan-out-settings.ts';

/** Members that have missed flushes and wait for their full state. */
export interface Laggards {
  add(member: Member): void;
  delete(member: Member): void;
  stop(): void;
}

/**
 * Looks at members that are behind every `retryMs`, and only at these: `serve` gives one that reads again
 * what it has missed, and one that stays behind is cut. Nothing is attached to a connection for this.
 */
export function createLaggards(
  settings: Pick<FanOutSettings, 'retryMs' | 'maxBehindMs' | 'maxQueuedBytes' | 'onCut'>,
  serve: (member: Member) => void,
): Laggards {
  const behind = new Set<Member>();
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    const now = performance.now();
    for (const member of behind) {
      serve(member);
      if (member.behindSince === null) continue;
      const reason = reasonToCut(member, now - member.behindSince);
      if (reason) cut(member, reason);
    }
    rest();
  }

  function reasonToCut({ connection }: Member, behindMs: number): string | null {
    const bytes = waitingBytes(connection);
    if (bytes > settings.maxQueuedBytes) return `${bytes} bytes wait for a client that reads too slowly`;
    if (behindMs > settings.maxBehindMs)
      return `the client reads too slowly since ${Math.round(behindMs)} ms`;
    return null;
  }

  function cut(member: Member, reason: string): void {
    behind.delete(member);
    cutConnection(member.socket.conn, reason);
    settings.onCut(member.socket, reason);
  }

  function rest(): void {
    if (behind.size > 0 || !timer) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    add(member) {
      behind.add(member);
      timer ??= setInterval(look, settings.retryMs);
    },
    delete(member) {
      behind.delete(member);
      rest();
    },
    stop() {
      behind.clear();
      rest();
    },
  };
}

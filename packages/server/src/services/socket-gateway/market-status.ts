import { isoTime, type MarketStatus } from '@deltastream/contracts';
import { productInfo, sessionIsOpen } from '@deltastream/reference';
import type { BusConnection } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';

/** Whether data can come, and which products are in session. */
export interface MarketStatusWatch {
  /** How things stand, with the session of every known product. */
  now(): MarketStatus;
  /** Looks whether a session began or ended, or a product became known. */
  check(): void;
  stop(): void;
}

type Session = 'open' | 'closed';

/** Calls `tell` with each change: `sessions` then names only the products whose session changed. */
export function watchMarketStatus(
  bus: BusConnection,
  clock: Clock,
  products: () => readonly string[],
  tell: (status: MarketStatus) => void,
): MarketStatusWatch {
  let told = new Map<string, Session>();

  function sessionsNow(): Map<string, Session> {
    const atMs = clock.now();
    const sessions = new Map<string, Session>();
    for (const product of products()) {
      const info = productInfo(product);
      if (info) sessions.set(product, sessionIsOpen(info, atMs) ? 'open' : 'closed');
    }
    return sessions;
  }

  const status = (sessions: Iterable<[string, Session]>): MarketStatus => ({
    status: bus.connected ? 'live' : 'interrupted',
    reason: bus.connected ? null : 'the gateway has lost its connection to the message bus',
    timestamp: isoTime(clock.now()),
    sessions: Object.fromEntries(sessions),
  });

  const stop = bus.onChange(() => tell(status([])));

  return {
    now: () => status(sessionsNow()),
    check() {
      const sessions = sessionsNow();
      const changed = [...sessions].filter(([product, session]) => told.get(product) !== session);
      told = sessions;
      if (changed.length > 0) tell(status(changed));
    },
    stop,
  };
}

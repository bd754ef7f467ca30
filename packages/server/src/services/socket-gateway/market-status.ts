import { isoTime, type MarketStatus } from '@deltastream/contracts';
import { productInfo, type SessionPhase, sessionIsOpen, sessionPhase } from '@deltastream/reference';
import type { BusConnection } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';

/** Whether data can come, and which products are in session. */
export interface MarketStatusWatch {
  /** How things stand, with the session of every known product. */
  now(): MarketStatus;
  /** Looks whether a phase of a session began, or a product became known. */
  check(): void;
  stop(): void;
}

interface Session {
  readonly open: boolean;
  readonly phase: SessionPhase;
}

/** Calls `tell` with each change: `sessions` and `phases` then name only the products whose phase changed. */
export function watchMarketStatus(
  bus: BusConnection,
  clock: Clock,
  products: () => readonly string[],
  tell: (status: MarketStatus) => void,
): MarketStatusWatch {
  let told: ReadonlyMap<string, Session> = new Map();

  function sessionsNow(): Map<string, Session> {
    const atMs = clock.now();
    const sessions = new Map<string, Session>();
    for (const product of products()) {
      const info = productInfo(product);
      if (info) sessions.set(product, { open: sessionIsOpen(info, atMs), phase: sessionPhase(info, atMs) });
    }
    return sessions;
  }

  const status = (sessions: readonly [string, Session][]): MarketStatus => ({
    status: bus.connected ? 'live' : 'interrupted',
    reason: bus.connected ? null : 'the gateway has lost its connection to the message bus',
    timestamp: isoTime(clock.now()),
    sessions: Object.fromEntries(sessions.map(([product, { open }]) => [product, open ? 'open' : 'closed'])),
    phases: Object.fromEntries(sessions.map(([product, { phase }]) => [product, phase])),
  });

  const stop = bus.onChange(() => tell(status([])));

  return {
    now: () => status([...sessionsNow()]),
    check() {
      const sessions = sessionsNow();
      const changed = [...sessions].filter(
        ([product, session]) => told.get(product)?.phase !== session.phase,
      );
      told = sessions;
      if (changed.length > 0) tell(status(changed));
    },
    stop,
  };
}

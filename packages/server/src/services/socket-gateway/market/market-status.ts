import { isoTime, type MarketStatus, type PlatformStatus } from '@deltastream/contracts';
import { productInfo, type SessionPhase, sessionIsOpen, sessionPhase } from '@deltastream/reference';
import type { PlatformWatch } from '../../../kit/health/platform-watch.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';

/** Whether data comes, and which products are in session. */
export interface MarketStatusWatch {
  /** How things stand, with the session of every known product. */
  now(): MarketStatus;
  /** Calls `tell` with each change: `sessions` and `phases` then name only the products whose phase changed. */
  watch(tell: (status: MarketStatus) => void): void;
  /** Looks whether a phase of a session began, or a product became known. */
  check(): void;
  stop(): void;
}

interface Session {
  readonly open: boolean;
  readonly phase: SessionPhase;
}

export interface MarketStatusPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Without it only whether the bus is there is told. */
  readonly platform?: PlatformWatch;
  readonly products: () => readonly string[];
  /** The time that is shown of a product, epoch ms, where it is not the present. */
  readonly instantOf?: (product: string) => number | null;
}

export function createMarketStatus({
  bus,
  clock,
  platform,
  products,
  instantOf = () => null,
}: MarketStatusPorts): MarketStatusWatch {
  let tell: (status: MarketStatus) => void = () => {};
  let told: ReadonlyMap<string, Session> = new Map();

  function sessionsNow(): Map<string, Session> {
    const nowMs = clock.now();
    const sessions = new Map<string, Session>();
    for (const product of products()) {
      const atMs = instantOf(product) ?? nowMs;
      const info = productInfo(product);
      if (info) sessions.set(product, { open: sessionIsOpen(info, atMs), phase: sessionPhase(info, atMs) });
    }
    return sessions;
  }

  const status = (sessions: readonly [string, Session][]): MarketStatus => ({
    ...(platform ? dataStatus(platform.status()) : connectionStatus(bus)),
    timestamp: isoTime(clock.now()),
    sessions: Object.fromEntries(sessions.map(([product, { open }]) => [product, open ? 'open' : 'closed'])),
    phases: Object.fromEntries(sessions.map(([product, { phase }]) => [product, phase])),
  });

  const tellState = () => tell(status([]));
  const stops = [bus.connection.onChange(tellState), platform?.onChange(tellState)];

  return {
    now: () => status([...sessionsNow()]),
    watch(next) {
      tell = next;
    },
    check() {
      const sessions = sessionsNow();
      const changed = [...sessions].filter(
        ([product, session]) => told.get(product)?.phase !== session.phase,
      );
      told = sessions;
      if (changed.length > 0) tell(status(changed));
    },
    stop() {
      for (const stop of stops) stop?.();
    },
  };
}

function dataStatus({ data, feed, problems, stale }: PlatformStatus) {
  const cause = data === 'live' ? null : problems[0];
  return {
    status: data,
    reason: cause?.reason ?? null,
    since: cause ? cause.since : feed.since,
    feed,
    problems,
    stale,
  };
}

const connectionStatus = ({ connection }: Bus) => ({
  status: connection.connected ? ('live' as const) : ('interrupted' as const),
  reason: connection.connected ? null : (connection.reason ?? 'the message bus cannot be reached'),
});

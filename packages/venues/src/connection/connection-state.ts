import type { VenueState } from '@deltastream/contracts';
import type { ConnectionClock, ConnectionLog } from './ports.ts';

/** A WebSocket, requests for quotes, or those for the list of instruments. */
export type ConnectionKind = 'socket' | 'poll' | 'list';

/** Since the start. */
export interface ConnectionCounts {
  /** Tries to connect; of a poll, requests. */
  connects: number;
  /** Times at which it was connected and mute, and was connected anew. */
  stalls: number;
  messages: number;
  quotes: number;
  /** Parts of messages that could not be used. */
  rejected: number;
  /** Times at which data that came ceased to come; what the venue sent in between is lost. */
  gaps: number;
  /** Instruments asked for again because the venue had not confirmed them. */
  askedAgain: number;
}

/** What is known of a connection, a poll or the list of instruments. No credentials are in it. */
export interface ConnectionReport {
  readonly name: string;
  readonly kind: ConnectionKind;
  readonly state: VenueState;
  /** How long it has been so, ms. */
  readonly forMs: number;
  readonly reason: string | null;
  /** Asked of it, and confirmed by the venue. */
  readonly instruments: number;
  readonly confirmed: number;
  readonly counts: Readonly<ConnectionCounts>;
}

export const noCounts = (): ConnectionCounts => ({
  connects: 0,
  stalls: 0,
  messages: 0,
  quotes: 0,
  rejected: 0,
  gaps: 0,
  askedAgain: 0,
});

export interface StateKeeper {
  readonly counts: ConnectionCounts;
  state(): VenueState;
  /** Each change of the state is logged; a new reason alone is kept. After `closed` nothing changes. */
  enter(state: VenueState, reason?: string | null): void;
  report(instruments?: number, confirmed?: number): ConnectionReport;
}

export function createStateKeeper(
  { name, kind }: { readonly name: string; readonly kind: ConnectionKind },
  { clock, log }: { readonly clock: ConnectionClock; readonly log: ConnectionLog },
): StateKeeper {
  const counts = noCounts();
  let state: VenueState = 'connecting';
  let reason: string | null = null;
  let since = clock.monotonicMs();
  return {
    counts,
    state: () => state,
    enter(next, why = null) {
      if (state === 'closed') return;
      reason = why;
      if (next === state) return;
      const wasFor = Math.round(clock.monotonicMs() - since);
      const fields = { connection: name, state: next, before: state, before_ms: wasFor, reason: why };
      state = next;
      since = clock.monotonicMs();
      const failing = next !== 'live' && next !== 'closed' && next !== 'connecting';
      log.event(failing ? 'venue_connection_failing' : 'venue_connection_changed', fields);
    },
    report: (instruments = 0, confirmed = 0) => ({
      name,
      kind,
      state,
      forMs: clock.monotonicMs() - since,
      reason,
      instruments,
      confirmed,
      counts: { ...counts },
    }),
  };
}

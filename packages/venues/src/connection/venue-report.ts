import type { VenueState } from '@deltastream/contracts';
import { type ConnectionCounts, type ConnectionReport, noCounts } from './connection-state.ts';

/** What is known of a venue: what status and metrics show. */
export interface VenueReport {
  readonly venue: string;
  /** That of the part that is worst off. */
  readonly state: VenueState;
  readonly forMs: number;
  readonly reason: string | null;
  /** Instruments listed, those that are to be subscribed, those that the venue confirmed, and those beyond its limits. */
  readonly listed: number;
  readonly instruments: number;
  readonly confirmed: number;
  readonly leftOut: number;
  /** Of all parts together. */
  readonly counts: Readonly<ConnectionCounts>;
  /** The list of instruments, each connection, each poll. */
  readonly parts: readonly ConnectionReport[];
}

/** Worst first. */
const ORDER: readonly VenueState[] = ['refused', 'mute', 'waiting', 'connecting', 'live', 'closed'];

export function venueReport(
  venue: string,
  parts: readonly ConnectionReport[],
  sizes: { readonly listed: number; readonly leftOut: number },
): VenueReport {
  const worst = parts.reduce((a, b) => (ORDER.indexOf(b.state) < ORDER.indexOf(a.state) ? b : a));
  const counts = noCounts();
  for (const part of parts)
    for (const name of Object.keys(counts) as (keyof ConnectionCounts)[]) counts[name] += part.counts[name];
  // A poll of what sockets leave out asks for the same instruments once more.
  const sockets = parts.filter(({ kind }) => kind === 'socket');
  const polls = parts.filter(({ kind }) => kind === 'poll');
  const followed = sockets.length > 0 ? sockets : polls.slice(0, 1);
  const sum = (of: (part: ConnectionReport) => number) =>
    followed.reduce((total, part) => total + of(part), 0);
  return {
    venue,
    state: worst.state,
    forMs: worst.forMs,
    reason: worst.reason,
    ...sizes,
    instruments: sum(({ instruments }) => instruments),
    confirmed: sum(({ confirmed }) => confirmed),
    counts,
    parts,
  };
}

import { MAX_WATCHDOGS, type VenueVitals, type WatchdogVitals } from '@deltastream/contracts';
import type { MarketReport, VenueReport, Watchdog } from '@deltastream/venues';

/** As the contract says; a reason is cut there. */
const LONGEST_REASON_LENGTH = 300;

/** What others than the operator may see of a reason: not where something is, on this machine or in its network. */
export function publicReason(reason: string): string {
  const clean = reason
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"']+/gi, 'the venue')
    .replace(/\[?(?:[0-9a-f]*:){2,}[0-9a-f.]*\]?(?::\d+)?/gi, 'the venue')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g, 'the venue')
    .replace(/(?<![\w/])(?:\/[^\s/"',;]+){2,}/g, 'a file');
  return clean.slice(0, LONGEST_REASON_LENGTH);
}

export const venueVitals = (reports: readonly MarketReport[]): VenueVitals[] =>
  reports.map(({ venue, state, forMs, reason, watchdogs }) => ({
    venue,
    state,
    for_ms: forMs,
    reason: reason === null ? null : publicReason(reason),
    watchdogs: watchdogVitals(watchdogs),
  }));

const watchdogVitals = (watchdogs: readonly Watchdog[]): WatchdogVitals[] =>
  watchdogs
    .toSorted((a, b) => b.forMs - a.forMs)
    .slice(0, MAX_WATCHDOGS)
    .map(({ kind, product, forMs, detail }) => ({
      kind,
      product,
      for_ms: forMs,
      detail: detail.slice(0, LONGEST_REASON_LENGTH),
    }));

/**
 * What fails of the venues, in the words of the log; null while every venue is live or has not been connecting for long.
 * The feed is ready all the same while one of them is live: its data comes.
 */
export function venueProblem(
  reports: readonly VenueReport[],
  graceMs: number,
): { readonly reason: string; readonly ready: boolean } | null {
  const failing = reports.filter(
    ({ state, forMs }) => state !== 'live' && !(state === 'connecting' && forMs <= graceMs),
  );
  if (failing.length === 0) return null;
  const each = failing.map(
    ({ venue, state, reason }) => `${venue} is ${state}${reason === null ? '' : `: ${reason}`}`,
  );
  return { reason: each.join('; '), ready: reports.some(({ state }) => state === 'live') };
}

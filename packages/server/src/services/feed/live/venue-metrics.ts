import { VENUE_STATES, WATCHDOGS } from '@deltastream/contracts';
import type { MarketReport, VenueReport } from '@deltastream/venues';
import type { Registry } from 'prom-client';
import { createMeter } from '../../../kit/health/meter.ts';

/** What is counted of each venue. Labels are few and fixed. */
export function watchVenues(registry: Registry, reports: () => readonly MarketReport[]): void {
  const { watchEach, totalOfEach } = createMeter('feed_venue', registry);
  watchEach('state', '1 for the state that the venue is in, 0 for others', ['venue', 'state'], (set) => {
    for (const { venue, state: is } of reports())
      for (const state of VENUE_STATES) set({ venue, state }, state === is ? 1 : 0);
  });
  const sizes = ['listed', 'instruments', 'confirmed', 'leftOut'] as const;
  watchEach(
    'instruments',
    'Instruments listed, to be subscribed, confirmed by the venue, and beyond its limits',
    ['venue', 'which'],
    (set) => {
      for (const report of reports())
        for (const which of sizes) set({ venue: report.venue, which }, report[which]);
    },
  );
  watchEach(
    'watchdogs',
    'Products whose quotes are wrong in this way although the venue is connected',
    ['venue', 'kind'],
    (set) => {
      for (const { venue, watchdogs } of reports())
        for (const kind of WATCHDOGS)
          set({ venue, kind }, watchdogs.filter((each) => each.kind === kind).length);
    },
  );
  const totals = {
    connects: ['connects_total', 'Tries to connect, and requests'],
    stalls: ['stalls_total', 'Connections that were open without data'],
    gaps: ['gaps_total', 'Times at which data ceased to come'],
    messages: ['messages_total', 'Messages received over WebSockets'],
    quotes: ['quotes_total', 'Quotes received'],
    rejected: ['rejected_total', 'Parts of messages and lists that could not be used'],
    askedAgain: ['asked_again_total', 'Instruments asked for again because they were not confirmed'],
  } as const satisfies Readonly<Record<keyof VenueReport['counts'], readonly [string, string]>>;
  for (const [count, [name, help]] of Object.entries(totals))
    totalOfEach(name, help, ['venue'], (add) => {
      for (const { venue, counts } of reports()) add({ venue }, counts[count as keyof typeof counts]);
    });
}

import type { MarketStatus } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import type { Venue } from '../../market/status/venue-text.ts';
import { dataStatusText, otherProblems } from './data-status-text.ts';
import type { Freshness } from './freshness.ts';

const format = createFormat('western', 'UTC');
const { timeOfDay } = format;
const SINCE = '2026-08-19T05:57:01.000Z';
const shown = (product: string, at: string | null = null, freshness: Freshness = 'fresh') => ({
  ...{ product, expiry: '2026-08-25', at, freshness, timestamp: SINCE, source: 'deribit' },
});
const live: MarketStatus = { status: 'live', reason: null, timestamp: SINCE, sessions: {}, phases: {} };
type Problem = NonNullable<MarketStatus['problems']>[number];
const problem = (code: Problem['code'], part = 'feed', fault = true): Problem => ({
  ...{ part, code, fault },
  reason: `${code} as the server words it, since ${SINCE}`,
  since: SINCE,
});
const interrupted = (...problems: Problem[]): MarketStatus => ({ ...live, status: 'interrupted', problems });

const venue = (name: string, state: Venue['state'], reason: string | null = null): Venue => ({
  ...{ venue: name, state, since: SINCE, reason, watchdogs: [] },
});
const follows = (status: MarketStatus, ...venues: Venue[]): MarketStatus => ({
  ...status,
  feed: { state: 'running', source: venues.map((each) => each.venue).join(), since: SINCE, venues },
});

describe('what the page says of live venues', () => {
  const kite = venue('kite', 'refused', 'the token expired');
  const says = (status: MarketStatus) => dataStatusText('connected', status, shown('BTC'), format);

  it('names the one that is live', () => {
    expect(says(follows(live, venue('deribit', 'live')))).toEqual({ kind: 'live', text: 'Live: Deribit' });
  });

  it('is live while another one fails, of which it says since when and why', () => {
    const status = follows(interrupted(problem('feed_failed')), venue('deribit', 'live'), kite);
    expect(says(status)).toEqual({ kind: 'live', text: 'Live: Deribit' });
    expect(otherProblems(status, timeOfDay)).toEqual([
      `Kite refuses the credentials since ${timeOfDay(SINCE)}: the token expired`,
    ]);
  });

  it('says which one is not live and since when, whatever was drawn last', () => {
    const status = (state: Venue['state']) =>
      follows(interrupted(problem('feed_failed')), kite, venue('deribit', state));
    expect(says(status('mute'))).toEqual({ kind: 'stopped', text: `Deribit mute since ${timeOfDay(SINCE)}` });
    expect(says(status('waiting')).text).toBe(`Deribit away since ${timeOfDay(SINCE)}`);
    expect(says(status('connecting')).kind).toBe('waiting');
  });

  it('takes connecting for a failure when the server does', () => {
    const connecting = venue('deribit', 'connecting');
    expect(otherProblems(follows(live, connecting), timeOfDay)).toEqual([]);
    expect(otherProblems(follows(interrupted(problem('feed_failed')), connecting), timeOfDay)).toEqual([
      `Deribit is being connected since ${timeOfDay(SINCE)}`,
    ]);
  });
});

describe('what the page says of the data', () => {
  it('says Live only when figures come', () => {
    expect(dataStatusText('connected', live, shown('NIFTY'), format)).toEqual({ kind: 'live', text: 'Live' });
    expect(dataStatusText('connected', null, shown('NIFTY'), format).text).toBe('Connecting');
    expect(dataStatusText('connecting', live, shown('NIFTY'), format).text).toBe('Connecting');
    expect(dataStatusText('closed', live, shown('NIFTY'), format).text).toBe('Disconnected');
  });

  it('names the instant in place of Live when it is one of the past', () => {
    const past = shown('NIFTY', '2026-11-20T12:30:00.000Z');
    expect(dataStatusText('connected', live, past, format)).toEqual({
      kind: 'as-of',
      text: 'As of 20 Nov 2026, 12:30:00',
    });
  });

  it.each([
    ['feed_away', 'stopped', 'Feed away since '],
    ['enricher_away', 'stopped', 'Enricher away since '],
    ['bus_away', 'stopped', 'Message bus away since '],
    ['data_stale', 'stopped', 'Stale: no new figures since '],
    ['replay_finished', 'waiting', 'Replay finished since '],
  ] as const)('names %s and since when', (code, kind, words) => {
    const said = dataStatusText('connected', interrupted(problem(code)), shown('NIFTY'), format);
    expect(said).toEqual({ kind, text: `${words}${timeOfDay(SINCE)}` });
  });

  it('calls a recording that is played a replay, and tells its instant', () => {
    const status = { ...live, feed: { state: 'running', source: 'replay', since: null } } as MarketStatus;
    const past = { ...shown('NIFTY'), timestamp: '2026-01-05T14:05:00.000Z' };
    const { kind, text } = dataStatusText('connected', status, past, format);
    expect(kind).toBe('as-of');
    expect(text).toMatch(/^Replay, 5 Jan 2026, /);
  });

  it('calls a replay of the server no live market, whatever is wrong with that', () => {
    // Times of its figures may be shifted to now; it is called by the recorded one.
    const replay = { state: 'playing', speed: 60, at: '2026-01-05T14:05:00.000Z', from: null } as const;
    for (const status of [live, interrupted(problem('feed_away'))]) {
      const { kind, text } = dataStatusText('connected', status, { ...shown('NIFTY'), replay }, format);
      expect([kind, text]).toEqual(['as-of', expect.stringMatching(/^Replay 60x, 5 Jan 2026, /)]);
    }
  });

  it('says of the product that is shown that its figures are stale', () => {
    const status = { ...live, stale: [{ product: 'BTC', since: SINCE }] };
    expect(dataStatusText('connected', status, shown('NIFTY'), format).kind).toBe('live');
    expect(dataStatusText('connected', status, shown('BTC'), format).text).toBe(
      `BTC: no figures since ${timeOfDay(SINCE)}`,
    );
  });

  it('is about the expiry that is shown while others come, and says that a market is closed', () => {
    const says = (freshness: Freshness, phase: string) => {
      const status = { ...live, phases: { NIFTY: phase } } as MarketStatus;
      return dataStatusText('connected', status, shown('NIFTY', null, freshness), format);
    };
    expect(says('old', 'continuous')).toEqual({
      kind: 'stopped',
      text: `NIFTY 25 Aug 2026: no figures since ${timeOfDay(SINCE)}`,
    });
    expect(says('old', 'closed')).toEqual({ kind: 'waiting', text: 'Market closed' });
    expect(says('none', 'continuous')).toEqual({ kind: 'waiting', text: 'No figures yet' });
    // Figures may come outside of the session: of a synthetic market, or before it opens.
    expect(says('fresh', 'closed').text).toBe('Live');
  });

  it('says what else is wrong, and nothing of what is meant to be so', () => {
    const storage = problem('service_away', 'storage');
    expect(otherProblems({ ...live, problems: [storage] }, timeOfDay)).toEqual([
      `storage is away since ${timeOfDay(SINCE)}`,
    ]);
    expect(otherProblems(interrupted(problem('feed_away'), storage), timeOfDay)).toHaveLength(1);
    expect(otherProblems(interrupted(problem('replay_finished', 'feed', false)), timeOfDay)).toEqual([]);
  });
});

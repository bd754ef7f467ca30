import type { MarketStatus } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import { dataStatusText, otherProblems } from './data-status-text.ts';

const format = createFormat('western', 'UTC');
const { timeOfDay } = format;
const shown = (product: string, at: string | null = null) => ({ product, at });
const SINCE = '2026-08-19T05:57:01.000Z';
const live: MarketStatus = { status: 'live', reason: null, timestamp: SINCE, sessions: {}, phases: {} };
type Problem = NonNullable<MarketStatus['problems']>[number];
const problem = (code: Problem['code'], part = 'feed', fault = true): Problem => ({
  ...{ part, code, fault },
  reason: `${code} as the server words it, since ${SINCE}`,
  since: SINCE,
});
const interrupted = (...problems: Problem[]): MarketStatus => ({ ...live, status: 'interrupted', problems });

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

  it('says of the product that is shown that its figures are stale', () => {
    const status = { ...live, stale: [{ product: 'BTC', since: SINCE }] };
    expect(dataStatusText('connected', status, shown('NIFTY'), format).kind).toBe('live');
    expect(dataStatusText('connected', status, shown('BTC'), format).text).toBe(
      `BTC: no figures since ${timeOfDay(SINCE)}`,
    );
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

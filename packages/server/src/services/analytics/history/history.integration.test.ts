import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStoredAnalytics } from '../stored-analytics.fixture.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const MINUTE = 60_000;
/** A Wednesday, 10:00 in India. */
const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const iso = (minute: number) => new Date(AT + minute * MINUTE).toISOString();

/** Calls rise and puts fall; each strike has more calls and fewer puts than the one below, and both grow. */
const interest = (product: string, minute: number, strikes: number[]) => {
  const listed = (values: number[], from: number) =>
    strikes.map((_, i) => (i < from && i < values.length ? values[i] : Number.NaN));
  return chainOf(product, NEAR, AT + minute * MINUTE, {
    strike: strikes,
    call_last: listed([10 + minute, 10 + minute, 10 + minute], 3),
    put_last: listed([50 - minute, 50 - minute], 2),
    call_open_interest: listed([minute + 1, 2 * (minute + 1), 3 * (minute + 1)], 3),
    put_open_interest: listed([30 * (minute + 1), 20 * (minute + 1)], 2),
  });
};

const HUNDRED = Array.from({ length: 100 }, (_, i) => 50 + i);

let analytics: Awaited<ReturnType<typeof openStoredAnalytics>>;
const get = (path: string) => analytics.get(path);
const csv = (path: string) => analytics.csv(path);

beforeAll(async () => {
  analytics = await openStoredAnalytics({ maxReadCells: 1000, maxResponseCells: 500 });
  const chain = (expiry: string, minute: number) =>
    chainOf(
      'NIFTY',
      expiry,
      AT + minute * MINUTE,
      { strike: [100] },
      {
        pcr_oi: minute,
        quotes_as_of: iso(minute),
        atm_iv: minute % 2 === 0 ? 0.2 : null,
        total_call_oi: 10,
        total_put_oi: expiry === NEAR ? 30 : null,
        null_reasons: { max_pain_strike: 'no_open_interest' },
      },
    );
  await analytics.store.putSnapshots([
    ...[0, 1, 2, 3, 16, 17, 1440].map((minute) => chain(NEAR, minute)),
    chain(FAR, 1430),
    ...Array.from({ length: 21 }, (_, minute) => interest('BANK', minute, [90, 100, 110, 120])),
    ...Array.from({ length: 21 }, (_, minute) =>
      interest(
        'WIDE',
        minute,
        Array.from({ length: 60 }, (_, i) => 70 + i),
      ),
    ),
    // Lists 4 strikes, and listed 100 before; its farther expiry still does.
    ...Array.from({ length: 12 }, (_, minute) =>
      interest('SHRUNK', minute, minute < 11 ? HUNDRED : [90, 100, 110, 120]),
    ),
    ...Array.from({ length: 12 }, (_, minute) => ({ ...interest('SHRUNK', minute, HUNDRED), expiry: FAR })),
  ]);
});
afterAll(() => analytics.close());

describe('history', () => {
  it('has the chosen figures of every snapshot', async () => {
    expect(await get('history/NIFTY?figures=atm_iv,pcr_oi&limit=2')).toEqual({
      product: 'NIFTY',
      expiry: NEAR,
      resolution: null,
      count: 2,
      points: [
        { timestamp: iso(17), atm_iv: null, pcr_oi: 17 },
        { timestamp: iso(1440), atm_iv: 0.2, pcr_oi: 1440 },
      ],
      next_cursor: expect.any(String),
    });
  });

  it('keeps the last of each interval, aligned to the session, over pages', async () => {
    const minutes: number[] = [];
    let cursor = '';
    do {
      const page = await get(`history/NIFTY?figures=pcr_oi&resolution=15m&limit=1${cursor}`);
      minutes.unshift(...page.points.map(({ pcr_oi }: { pcr_oi: number }) => pcr_oi));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(minutes).toEqual([3, 17, 1440]);
    const days = await get('history/NIFTY?figures=pcr_oi&resolution=1d');
    expect(days.points).toEqual([
      { timestamp: iso(17), pcr_oi: 17 },
      { timestamp: iso(1440), pcr_oi: 1440 },
    ]);
  });

  it('is a table with a column for each figure', async () => {
    const { body, headers } = await csv('history/NIFTY?figures=pcr_oi,atm_iv&limit=2');
    expect(headers['content-type']).toMatch(/^text\/csv/);
    expect(headers.link).toMatch(/rel="next"/);
    expect(body).toBe(`timestamp,atm_iv,pcr_oi\r\n${iso(17)},,17\r\n${iso(1440)},0.2,1440\r\n`);
  });

  it.each([
    ['figures=pcr', /querystring\.figures: there is no figure "pcr" here/],
    ['figures=strike_count', /there is no figure "strike_count" here/],
    ['limit=10', /figures/],
    ['figures=pcr_oi,atm_iv&limit=251', /limit: 251 snapshots of 2 figures .* at most 250 snapshots/],
    ['figures=pcr_oi&resolution=7m', /resolution/],
  ])('refuses %s', async (query, detail) => {
    const answer = await get(`history/NIFTY?${query}`);
    expect(answer).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringMatching(detail),
    });
  });
});

describe('figures by expiry', () => {
  it('are those of every unexpired expiry, with the put-call ratio of all', async () => {
    const answer = await get('by-expiry/NIFTY?figures=pcr_oi,max_pain_strike,forward_source');
    expect(answer).toEqual({
      product: 'NIFTY',
      timestamp: iso(1440),
      oldest_timestamp: iso(1430),
      quotes_as_of: iso(1430),
      open_interest_as_of: null,
      total_call_oi: 20,
      total_put_oi: 30,
      pcr_oi: 1.5,
      total_call_volume: null,
      total_put_volume: null,
      pcr_volume: null,
      null_reasons: {
        [`${NEAR}.max_pain_strike`]: 'no_open_interest',
        [`${FAR}.max_pain_strike`]: 'no_open_interest',
        open_interest_as_of: 'not_recorded',
        total_call_volume: 'not_given',
        total_put_volume: 'not_given',
        pcr_volume: 'no_call_volume',
      },
      count: 2,
      outdated_expiries: [],
      expiries: [
        { expiry: NEAR, timestamp: iso(1440), pcr_oi: 1440, max_pain_strike: null, forward_source: 'parity' },
        { expiry: FAR, timestamp: iso(1430), pcr_oi: 1430, max_pain_strike: null, forward_source: 'parity' },
      ],
    });
  });

  it('are a table', async () => {
    const { body } = await csv('by-expiry/NIFTY?figures=max_pain_strike,pcr_oi');
    expect(body.split('\r\n').slice(0, 2)).toEqual([
      'expiry,timestamp,pcr_oi,max_pain_strike',
      `${NEAR},${iso(1440)},1440,`,
    ]);
  });
});

describe('open interest', () => {
  it('has a profile by strike, with weighted strikes and bands', async () => {
    const answer = await get(`oi-profile/BANK?bands=1,0&at=${iso(0)}`);
    expect(answer).toMatchObject({
      atm_strike: 100,
      call_weighted_strike: (90 * 1 + 100 * 2 + 110 * 3) / 6,
      put_weighted_strike: (90 * 30 + 100 * 20) / 50,
      weighted_strike: (90 * 31 + 100 * 22 + 110 * 3) / 56,
      bands: [
        {
          width: 0,
          low_strike: 100,
          high_strike: 100,
          call_oi: 2,
          put_oi: 20,
          pcr_oi: 10,
          null_reason: null,
        },
        { width: 1, low_strike: 90, high_strike: 110, call_oi: 6, put_oi: 50, pcr_oi: 50 / 6 },
      ],
      count: 4,
    });
    const change = { call_oi_change: null, put_oi_change: null };
    expect(answer.strikes).toEqual([
      { strike: 90, call_oi: 1, put_oi: 30, ...change, pcr_oi: 30 },
      { strike: 100, call_oi: 2, put_oi: 20, ...change, pcr_oi: 10 },
      { strike: 110, call_oi: 3, put_oi: null, ...change, pcr_oi: null },
      { strike: 120, call_oi: null, put_oi: null, ...change, pcr_oi: null },
    ]);
    const { body } = await csv(`oi-profile/BANK?at=${iso(0)}`);
    expect(body.split('\r\n')[3]).toBe('110,3,,,,');
  });

  it('has its change over a window, and what moved most', async () => {
    const answer = await get('oi-change/BANK?window=15m&top=1');
    expect(answer).toMatchObject({
      window: '15m',
      baseline_timestamp: iso(5),
      call_oi_change: 15 + 30 + 45,
      put_oi_change: 450 + 300,
      pcr_oi_change: 750 / 90,
      null_reasons: {},
      movers: {
        long_buildup: [{ strike: 110, side: 'call', open_interest_change: 45 }],
        short_buildup: [{ strike: 90, side: 'put', open_interest_change: 450 }],
        short_covering: [],
        long_unwinding: [],
      },
    });
    expect(answer.strikes[0]).toEqual({
      strike: 90,
      call_oi: 21,
      call_oi_change: 15,
      call_buildup: 'long_buildup',
      put_oi: 630,
      put_oi_change: 450,
      put_buildup: 'short_buildup',
    });
    expect(await get(`oi-change/BANK?window=60m`)).toMatchObject({
      call_oi_change: null,
      movers: { long_buildup: [] },
      null_reasons: { call_oi_change: 'no snapshot is stored from 60m before' },
    });
  });

  it('has a heat map around the money, as a matrix and as a table', async () => {
    const answer = await get('oi-heatmap/BANK?resolution=5m&width=1&limit=2&order=desc');
    expect(answer).toMatchObject({
      strikes: [90, 100, 110],
      count: 2,
      columns: [
        { timestamp: iso(20), spot_price: 100, call_oi: [21, 42, 63], put_oi: [630, 420, null] },
        { timestamp: iso(19), call_oi: [20, 40, 60], put_oi: [600, 400, null] },
      ],
      next_cursor: expect.any(String),
    });
    const { body } = await csv('oi-heatmap/BANK?resolution=5m&width=0&limit=2');
    expect(body).toBe(
      `timestamp,strike,call_oi,put_oi\r\n${iso(19)},100,40,400\r\n${iso(20)},100,42,420\r\n`,
    );
  });

  it('is at chosen strikes over time, null where one is not listed', async () => {
    const answer = await get('oi-by-strike/BANK?strikes=105,90&resolution=15m');
    expect(answer.count).toBe(2);
    const rows = answer.points.map(({ timestamp, strike, call_oi, pcr_oi }: Record<string, unknown>) => [
      timestamp,
      strike,
      call_oi,
      pcr_oi,
    ]);
    expect(rows).toEqual([
      [iso(14), 90, 15, 30],
      [iso(14), 105, null, null],
      [iso(20), 90, 21, 30],
      [iso(20), 105, null, null],
    ]);
  });

  it('has one page after another', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await get(`oi-heatmap/BANK?resolution=1m&limit=8&from=${iso(0)}${cursor}`);
      seen.push(...page.columns.map(({ timestamp }: { timestamp: string }) => timestamp));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(Array.from({ length: 21 }, (_, minute) => iso(minute)));
  });

  const MANY_STRIKES = /limit: the snapshots have more than 1000 strikes, all together, .* fewer snapshots/;
  it.each([
    [
      'oi-heatmap/WIDE?resolution=1m',
      /21 snapshots of 60 strikes are 1260 cells .* at most 1000; .* 16 snap/,
    ],
    ['oi-heatmap/SHRUNK?resolution=1m&width=1', MANY_STRIKES],
    ['oi-by-strike/SHRUNK?strikes=100', MANY_STRIKES],
    ['premium/SHRUNK?limit=12', MANY_STRIKES],
    [`premium/SHRUNK?legs=${NEAR}:100:call:1,${FAR}:100:call:-1&limit=7`, MANY_STRIKES],
    [`contract/SHRUNK-${NEAR}-100-C`, MANY_STRIKES],
    ['oi-heatmap/WIDE?resolution=1m&limit=11', /11 snapshots of 82 calls and puts .* at most 500/],
    ['oi-by-strike/WIDE?limit=16&strikes=1,2,3,4,5,6,7,8', /16 snapshots of 32 cells of strikes/],
    ['oi-by-strike/BANK?strikes=ninety', /strikes/],
    ['oi-profile/BANK?bands=', /bands/],
  ])('refuses %s', async (path, detail) => {
    const answer = await get(path);
    expect(answer).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringMatching(detail),
    });
  });
});

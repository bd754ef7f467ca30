import { IV_STATUSES } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStoredAnalytics } from '../stored-analytics.fixture.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const MINUTE = 60_000;
/** A Wednesday, 10:00 in India. */
const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const iso = (minute: number) => new Date(AT + minute * MINUTE).toISOString();
const NONE = Number.NaN;
const OK = IV_STATUSES.indexOf('ok');

let analytics: Awaited<ReturnType<typeof openStoredAnalytics>>;

/** The call at 100 costs 10 + minute, the put 5; a strike further is 1 dearer or cheaper. The money moves up at 3. */
const chain = (expiry: string, minute: number) =>
  chainOf(
    'NIFTY',
    expiry,
    AT + minute * MINUTE,
    {
      strike: [90, 100, 110],
      call_last: [11 + minute, 10 + minute, 9 + minute],
      put_last: [4, 5, minute === 4 ? NONE : 6],
      put_open_interest: [1, 1, 1],
      call_iv_status: [OK, OK, OK],
      put_iv_status: [OK, OK, OK],
      ...Object.fromEntries(
        ['delta', 'gamma', 'theta', 'vega', 'rho'].flatMap((name, i) => [
          [`call_${name}`, [i + 0.75, i + 0.5, i + 0.25]],
          [`put_${name}`, [-0.25, -0.5, -0.75]],
        ]),
      ),
    },
    { atm_strike: minute < 3 ? 100 : 110, spot_price: 100 + minute },
  );

beforeAll(async () => {
  analytics = await openStoredAnalytics({ maxResponseCells: 5000, maxBaselineAgeMs: 2 * MINUTE });
  await analytics.store.putSnapshots([
    ...[0, 1, 2, 3, 4, 5, 6].map((minute) => chain(NEAR, minute)),
    ...[1, 3].map((minute) => chain(FAR, minute)),
  ]);
});
afterAll(() => analytics.close());

type Points = { points: Record<string, unknown>[]; next_cursor: string | null };
const column = ({ points }: Points, name: string) => points.map((point) => point[name]);

describe('premium of chosen legs', () => {
  it('is the sum of quantity x price, and so are its greeks', async () => {
    const answer = await analytics.get(`premium/NIFTY?legs=${NEAR}:100:call:2,${NEAR}:90:put:-1&limit=3`);
    expect(answer).toMatchObject({
      legs: [
        { expiry: NEAR, strike: 100, side: 'call', quantity: 2 },
        { expiry: NEAR, strike: 90, side: 'put', quantity: -1 },
      ],
      rolling: null,
      expiry: null,
      count: 3,
    });
    expect(answer.points[0]).toEqual({
      timestamp: iso(4),
      oldest_timestamp: iso(4),
      spot_price: 104,
      premium: 2 * 14 - 4,
      delta: 2 * 0.5 + 0.25,
      gamma: 2 * 1.5 + 0.25,
      theta: 2 * 2.5 + 0.25,
      vega: 2 * 3.5 + 0.25,
      rho: 2 * 4.5 + 0.25,
      call_strike: null,
      put_strike: null,
      rolled: false,
      premium_before_roll: null,
      null_reason: null,
    });
  });

  it('takes a leg of another expiry from the snapshot that stood, as long as that is not too old', async () => {
    const answer = await analytics.get(`premium/NIFTY?legs=${NEAR}:100:call:1,${FAR}:100:call:-1`);
    expect(column(answer, 'timestamp')).toEqual([0, 1, 2, 3, 4, 5, 6].map(iso));
    expect(column(answer, 'premium')).toEqual([null, 0, 1, 0, 1, 2, null]);
    expect(column(answer, 'oldest_timestamp')).toEqual([0, 1, 1, 3, 3, 3, 6].map(iso));
    const missing = `${FAR} 100 call: no snapshot is stored from shortly before`;
    expect(column(answer, 'null_reason')).toEqual([missing, null, null, null, null, null, missing]);
  });

  it('is null with the reason where a leg has no price or is not listed', async () => {
    const unpriced = await analytics.get(`premium/NIFTY?legs=${NEAR}:110:put:1&limit=3`);
    expect(column(unpriced, 'premium')).toEqual([null, 6, 6]);
    expect(column(unpriced, 'null_reason')).toEqual([`${NEAR} 110 put: no_price`, null, null]);
    const unlisted = await analytics.get(`premium/NIFTY?legs=${NEAR}:105.5:put:1&limit=1`);
    expect(unlisted.points[0]).toMatchObject({
      premium: null,
      delta: null,
      null_reason: `${NEAR} 105.5 put: not_listed`,
    });
  });

  it('is a table, of chosen fields', async () => {
    const { body } = await analytics.csv(
      `premium/NIFTY?legs=${NEAR}:100:call:1&resolution=5m&fields=premium,delta`,
    );
    expect(body).toBe(`timestamp,premium,delta\r\n${iso(4)},14,0.5\r\n${iso(6)},16,0.5\r\n`);
  });
});

describe('premium of a rolling pair', () => {
  it('follows the money and marks where it rolls, also over pages', async () => {
    const answer = await analytics.get('premium/NIFTY?resolution=1m');
    expect(answer).toMatchObject({ rolling: 'straddle', expiry: NEAR, legs: [] });
    expect(column(answer, 'call_strike')).toEqual([100, 100, 100, 110, 110, 110, 110]);
    expect(column(answer, 'rolled')).toEqual([false, false, false, true, false, false, false]);
    expect(column(answer, 'premium')).toEqual([15, 16, 17, 18, null, 20, 21]);
    // The pair that was left, 100, at the instant of the roll.
    expect(column(answer, 'premium_before_roll')[3]).toBe(13 + 5);
    const points: unknown[] = [];
    let cursor = '';
    do {
      const page: Points = await analytics.get(`premium/NIFTY?resolution=1m&limit=1${cursor}`);
      points.unshift(...page.points);
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(points).toEqual(answer.points);
  });

  it('is a strangle so many strikes away, and null where none is listed there', async () => {
    const answer = await analytics.get(`premium/NIFTY?rolling=strangle&width=1&at=${iso(3)}`);
    expect(column(answer, 'call_strike')).toEqual([110, 110, 110, null]);
    expect(column(answer, 'premium')).toEqual([9 + 4, 10 + 4, 11 + 4, null]);
    expect(column(answer, 'null_reason')[3]).toBe('no strike is listed 1 away from the money');
  });
});

describe('requests that are refused', () => {
  it.each([
    ['legs=2026-08-25:100:call', 400, /legs: "2026-08-25:100:call" is not EXPIRY:STRIKE:SIDE:QUANTITY/],
    ['legs=2026-08-25:100:call:0', 400, /legs/],
    ['legs=2026-08-25:100:both:1', 400, /legs/],
    [`legs=${Array(13).fill(`${NEAR}:100:call:1`).join()}`, 400, /legs: are 13, at most 12/],
    [`legs=2030-01-01:100:call:1`, 404, /no expiry 2030-01-01/],
    [`legs=${NEAR}:100:call:1&rolling=straddle`, 400, /legs: name their expiries/],
    [`legs=${NEAR}:100:call:1&expiry=${NEAR}`, 400, /legs: name their expiries/],
    ['width=2', 400, /width: is that of rolling=strangle/],
    ['limit=501', 400, /limit: 501 snapshots of 10 numbers/],
    ['fields=price', 400, /fields: there is no field "price"/],
  ])('%s', async (query, status, detail) => {
    expect(await analytics.get(`premium/NIFTY?${query}`)).toMatchObject({
      status,
      detail: expect.stringMatching(detail),
    });
  });
});

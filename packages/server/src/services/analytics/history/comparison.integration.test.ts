import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStoredAnalytics } from '../stored-analytics.fixture.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const MINUTE = 60_000;
/** A Wednesday, 10:00 in India. */
const AT = Date.UTC(2026, 7, 19, 4, 30);
const NEAR = '2026-08-25';
const iso = (minute: number) => new Date(AT + minute * MINUTE).toISOString();
const NONE = Number.NaN;

let analytics: Awaited<ReturnType<typeof openStoredAnalytics>>;

/** Open interest of calls falls by the strike's number a minute; 110 is listed from minute 2 on. */
const chain = (minute: number) => {
  const listed = minute < 2 ? NONE : 1;
  return chainOf(
    'NIFTY',
    NEAR,
    AT + minute * MINUTE,
    {
      strike: [90, 100, 110],
      call_last: [10 + (minute % 3), 10 - minute / 10, 9 * listed],
      put_last: [5, 5, 6 * listed],
      call_open_interest: [500 - minute, 500 - 2 * minute, 7 * listed],
      put_open_interest: [40 + minute / 2, NONE, NONE],
      call_iv: [0.2 + minute / 100, NONE, NONE],
      call_volume: [10 * Math.abs(minute), 0, NONE],
      call_previous_close: [8, 0, NONE],
    },
    {
      pcr_oi: 1 + minute / 10,
      atm_iv: minute === 0 ? null : 0.2,
      total_call_oi: 1000 - 3 * minute,
      null_reasons: minute === 0 ? { atm_iv: 'no_iv_near_forward' } : {},
    },
  );
};

beforeAll(async () => {
  analytics = await openStoredAnalytics();
  const minutes = [-1440, -1, 0, 1, 2, 3, 4, 5, 6];
  await analytics.store.putSnapshots(minutes.map(chain));
});
afterAll(() => analytics.close());

describe('comparison of two instants', () => {
  it('has the figures and contracts that changed most first', async () => {
    const answer = await analytics.get(`compare/NIFTY?before=${iso(0.5)}&after=${iso(4.9)}`);
    expect(answer).toMatchObject({
      product: 'NIFTY',
      expiry: NEAR,
      before_timestamp: iso(0),
      after_timestamp: iso(4),
      by: 'open_interest',
    });
    const [first, second] = answer.figures;
    expect([first.figure, first.before, first.after, first.null_reason]).toEqual(['pcr_oi', 1, 1.4, null]);
    expect(first.change_share).toBeCloseTo(0.4, 12);
    expect(second).toMatchObject({ figure: 'total_call_oi', change: -12, change_share: -0.012 });
    expect(answer.figures.find(({ figure }: { figure: string }) => figure === 'atm_iv')).toEqual({
      figure: 'atm_iv',
      before: null,
      after: 0.2,
      change: null,
      change_share: null,
      null_reason: 'no_iv_near_forward',
    });
    expect(
      answer.contracts.map(({ id, open_interest_change, null_reason }: Record<string, unknown>) => [
        id,
        open_interest_change,
        null_reason,
      ]),
    ).toEqual([
      [`NIFTY-${NEAR}-100-C`, -8, null],
      [`NIFTY-${NEAR}-90-C`, -4, null],
      [`NIFTY-${NEAR}-90-P`, 2, null],
      [`NIFTY-${NEAR}-100-P`, null, 'no_open_interest_before'],
      [`NIFTY-${NEAR}-110-C`, null, 'not_listed_before'],
      [`NIFTY-${NEAR}-110-P`, null, 'not_listed_before'],
    ]);
  });

  it('orders by another figure, as a table of chosen fields', async () => {
    const path = `compare/NIFTY?before=${iso(0)}&after=${iso(4)}&by=price&top=2&fields=price_change`;
    const { body } = await analytics.csv(path);
    expect(body).toBe(
      `id,strike,side,price_change\r\nNIFTY-${NEAR}-90-C,90,call,1\r\nNIFTY-${NEAR}-100-C,100,call,-0.40000000000000036\r\n`,
    );
  });

  it.each([
    [`before=${iso(6)}`, 400, /before: is not before/],
    [`before=${iso(-9000)}`, 404, /no chain of NIFTY .* at or before/],
    ['after=2026-08-19T05:00:00Z', 400, /before/],
    [`before=${iso(0)}&by=theta`, 400, /by/],
  ])('refuses %s', async (query, status, detail) => {
    const answer = await analytics.get(`compare/NIFTY?${query}`);
    expect(answer).toMatchObject({ status, detail: expect.stringMatching(detail) });
  });
});

describe("a contract's day", () => {
  it('has its quotes over the session and what it did', async () => {
    const answer = await analytics.get(`contract/NIFTY-${NEAR}-90-C?at=${iso(5)}`);
    expect(answer).toMatchObject({
      id: `NIFTY-${NEAR}-90-C`,
      resolution: '1m',
      from: '2026-08-18T18:30:00.000Z',
      to: iso(5),
      price: { open: 10 - 1, high: 12, low: 9, close: 12 },
      previous_close: 8,
      price_change: 4,
      iv: { open: 0.19, high: 0.25, low: 0.19, close: 0.25 },
      open_interest: { open: 501, high: 501, low: 495, close: 495 },
      volume: 50,
      count: 7,
    });
    expect(answer.quotes[1]).toMatchObject({ timestamp: iso(0), price: 10, open_interest: 500 });
  });

  it('has no change where it did not trade the day before, and leaves out where it is not listed', async () => {
    const untraded = await analytics.get(`contract/NIFTY-${NEAR}-100-C`);
    expect(untraded).toMatchObject({ previous_close: null, price_change: null });
    const late = await analytics.get(`contract/NIFTY-${NEAR}-110-C`);
    expect(late).toMatchObject({ count: 5, iv: { open: null, high: null, low: null, close: null } });
    expect(late.quotes[0].timestamp).toBe(iso(2));
  });

  it('is a table at a resolution, of chosen fields', async () => {
    const { body } = await analytics.csv(`contract/NIFTY-${NEAR}-90-C?resolution=5m&fields=open_interest`);
    expect(body).toBe(`timestamp,open_interest\r\n${iso(-1)},501\r\n${iso(4)},496\r\n${iso(6)},494\r\n`);
  });

  it.each([
    [`NIFTY-${NEAR}-095-C`, 400, 'invalid_request'],
    [`NIFTY-${NEAR}-95-C`, 404, 'unknown_contract'],
    [`NIFTY-${NEAR}-110-C?at=${iso(1)}`, 404, 'unknown_contract'],
    ['NIFTY-2030-01-01-90-C', 404, 'unknown_expiry'],
    [`NOPE-${NEAR}-90-C`, 404, 'unknown_product'],
  ])('refuses %s', async (path, status, code) => {
    expect(await analytics.get(`contract/${path}`)).toMatchObject({ status, code });
  });
});

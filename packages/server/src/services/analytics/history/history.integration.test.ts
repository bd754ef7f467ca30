import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/market-store-sqlite/market-store-sqlite.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketStore } from '../../../ports/stores/market-store.ts';
import { createAnalytics } from '../service.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const MINUTE = 60_000;
/** A Wednesday, 10:00 in India. */
const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const iso = (minute: number) => new Date(AT + minute * MINUTE).toISOString();

let folder: string;
let store: MarketStore;
const app = createHttpApp({ logger: silentLogger });
const ask = (path: string, accept = 'application/json') =>
  app.inject({ url: `/api/analytics/${path}`, headers: { accept } });
const get = async (path: string) => (await ask(path)).json();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
  store = await createSqliteMarketStore({ folder });
  const chain = (expiry: string, minute: number) =>
    chainOf(
      'NIFTY',
      expiry,
      AT + minute * MINUTE,
      { strike: [100] },
      {
        pcr_oi: minute,
        atm_iv: minute % 2 === 0 ? 0.2 : null,
        total_call_oi: 10,
        total_put_oi: expiry === NEAR ? 30 : null,
        null_reasons: { max_pain_strike: 'no_open_interest' },
      },
    );
  await store.putSnapshots([
    ...[0, 1, 2, 3, 16, 17, 1440].map((minute) => chain(NEAR, minute)),
    chain(FAR, 1430),
  ]);
  const bounds = { maxReadCells: 1000, maxAnswerCells: 1000 };
  await app.register(createAnalytics({ store, logger: silentLogger }, bounds).routes ?? (async () => {}));
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
});

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
    const { body, headers } = await ask('history/NIFTY?figures=pcr_oi,atm_iv&limit=2', 'text/csv');
    expect(headers['content-type']).toMatch(/^text\/csv/);
    expect(headers.link).toMatch(/rel="next"/);
    expect(body).toBe(`timestamp,atm_iv,pcr_oi\r\n${iso(17)},,17\r\n${iso(1440)},0.2,1440\r\n`);
  });

  it.each([
    ['figures=pcr', /querystring\.figures: there is no figure "pcr" here/],
    ['figures=strike_count', /there is no figure "strike_count" here/],
    ['limit=10', /figures/],
    ['figures=pcr_oi,atm_iv&limit=501', /limit: 501 snapshots of 2 figures .* at most 500 snapshots/],
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
      total_call_oi: 20,
      total_put_oi: 30,
      pcr_oi: 1.5,
      total_call_volume: null,
      total_put_volume: null,
      pcr_volume: null,
      null_reasons: {
        [`${NEAR}.max_pain_strike`]: 'no_open_interest',
        [`${FAR}.max_pain_strike`]: 'no_open_interest',
        total_call_volume: 'not_given',
        total_put_volume: 'not_given',
        pcr_volume: 'no_call_volume',
      },
      count: 2,
      expiries: [
        { expiry: NEAR, timestamp: iso(1440), pcr_oi: 1440, max_pain_strike: null, forward_source: 'parity' },
        { expiry: FAR, timestamp: iso(1430), pcr_oi: 1430, max_pain_strike: null, forward_source: 'parity' },
      ],
    });
  });

  it('are a table', async () => {
    const { body } = await ask('by-expiry/NIFTY?figures=max_pain_strike,pcr_oi', 'text/csv');
    expect(body.split('\r\n').slice(0, 2)).toEqual([
      'expiry,timestamp,pcr_oi,max_pain_strike',
      `${NEAR},${iso(1440)},1440,`,
    ]);
  });
});

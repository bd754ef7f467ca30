import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IV_STATUSES } from '@deltastream/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../adapters/market-store-sqlite/market-store-sqlite.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { MarketStore } from '../../ports/stores/market-store.ts';
import { createAnalytics } from './service.ts';
import { chainOf } from './stored-chain.fixture.ts';

const MINUTE = 60_000;
const AT = Date.UTC(2026, 7, 19, 4, 30);
const OK = IV_STATUSES.indexOf('ok');
/** By expiry: the minutes at which there is a snapshot; the first one expires in between, the last one is listed later. */
const SNAPSHOTS = [
  { expiry: '2026-08-19', minutes: [0, 1, 2, 3], expiryAt: AT + 4 * MINUTE },
  { expiry: '2026-08-25', minutes: [0, 2, 4, 5, 6, 20, 21], expiryAt: undefined },
  { expiry: '2026-09-29', minutes: [6, 21], expiryAt: undefined },
];
const ROUTES = [
  'pcr/NIFTY',
  'pcr/NIFTY?expiry=2026-08-25&interval=5m',
  'pcr/NIFTY?order=desc&limit=2',
  'max-pain/NIFTY',
  'max-pain/NIFTY?expiry=2026-09-29',
  'exposure/NIFTY',
  'exposure/NIFTY?model=all_long&expiry=2026-08-25',
  'exposure-profile/NIFTY',
  'oi-buildup/NIFTY',
  'oi-buildup/NIFTY?window=5m',
  'term-structure/NIFTY',
  'history/NIFTY?figures=pcr_oi,atm_iv',
  'history/NIFTY?figures=pcr_oi&resolution=5m&limit=2',
  'history/NIFTY?figures=pcr_oi&resolution=1d&order=desc',
  'by-expiry/NIFTY',
  'oi-profile/NIFTY',
  'oi-change/NIFTY?window=5m',
  'oi-heatmap/NIFTY?resolution=1m&limit=3',
  'oi-by-strike/NIFTY?strikes=90,100,105&expiry=2026-08-25',
  'by-expiry/NIFTY?figures=forward_source,strike_count,gex_net',
  'volatility-surface/NIFTY',
  'rank/NIFTY',
  'volatility-index/NIFTY',
  'realised-volatility/NIFTY',
  'forecast/NIFTY',
  'product-figures/NIFTY',
  'product-figures/NIFTY?fields=iv_nearest,total_gex_net',
];

let folder: string;
let store: MarketStore;
const app = createHttpApp({ logger: silentLogger });
const get = async (path: string) => {
  const { statusCode, body } = await app.inject(`/api/analytics/${path}`);
  return { statusCode, body: body.replace(/"request_id":"[^"]+"/, '') };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'as-of-'));
  store = await createSqliteMarketStore({ folder });
  await app.register(createAnalytics({ store, logger: silentLogger }).routes ?? (async () => {}));
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const snapshot = (expiry: string, minute: number, expiryAt: number | undefined) => {
  const oi = 100 + ((minute * 7) % 11);
  const chain = chainOf(
    'NIFTY',
    expiry,
    AT + minute * MINUTE,
    {
      strike: [90, 100, 110],
      call_last: [11 + minute, 10, 9],
      put_last: [9, 10, 11 - minute / 10],
      call_open_interest: [oi, 2 * oi, 3],
      put_open_interest: [3, 2 * oi, oi + minute],
      call_iv: [0.3, 0.2, 0.2 + minute / 1000],
      call_delta: [0.8, 0.5, 0.2],
      put_delta: [-0.2, -0.5, -0.8],
      call_gamma: [0.01, 0.02, 0.01],
      put_gamma: [0.01, 0.02, 0.01],
      call_vega: [5, 9, 5],
      put_vega: [5, 9, 5],
      call_iv_status: [OK, OK, OK],
      put_iv: [0.25 + minute / 1000, 0.2, 0.3],
      put_iv_status: [OK, OK, OK],
    },
    { pcr_oi: minute, pcr_volume: null, forward: 100, year_fraction: 0.02 },
  );
  return expiryAt === undefined ? chain : { ...chain, expiry_at: expiryAt };
};

it('answers as of every instant as it did then, byte for byte', async () => {
  const minutes = [...new Set(SNAPSHOTS.flatMap((each) => each.minutes))].toSorted((a, b) => a - b);
  const then = new Map<number, { statusCode: number; body: string }[]>();
  for (const minute of minutes) {
    const due = SNAPSHOTS.filter((each) => each.minutes.includes(minute));
    await store.putSnapshots(due.map(({ expiry, expiryAt }) => snapshot(expiry, minute, expiryAt)));
    then.set(minute, await Promise.all(ROUTES.map(get)));
  }
  expect(new Set([...then.values()].map((answers) => JSON.stringify(answers))).size).toBe(minutes.length);
  for (const [minute, answers] of then) {
    for (const wait of [0, MINUTE - 1]) {
      const at = new Date(AT + minute * MINUTE + wait).toISOString();
      const later = await Promise.all(
        ROUTES.map((path) => get(`${path}${path.includes('?') ? '&' : '?'}at=${at}`)),
      );
      for (const [i, path] of ROUTES.entries()) {
        // An expiry that was not listed yet is known today.
        if (answers[i].statusCode === 404) expect(later[i].statusCode, path).toBe(404);
        else expect(later[i], `${path} at ${at}`).toEqual(answers[i]);
      }
    }
  }
});

it('has no answer as of an instant before everything, and refuses what is not one', async () => {
  const { statusCode, body } = await get(`pcr/NIFTY?at=${new Date(AT - 1).toISOString()}`);
  expect([statusCode, JSON.parse(body.replace(/,\}$/, '}')).code]).toEqual([404, 'no_data']);
  expect((await get('pcr/NIFTY?at=yesterday')).statusCode).toBe(400);
});

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { listReconciliations, type ReconciledContract } from '@deltastream/contracts';
import { zipOf } from '@deltastream/recordings/testing/archive';
import { recording } from '@deltastream/recordings/testing/recordings';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { openRecording } from '../../../kit/recordings/recordings.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { createManualClock } from '../../../ports/clock.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { chainOf } from '../../analytics/stored-chain.fixture.ts';
import { createOperations } from '../service.ts';
import { legacyReport, type ReportedOption, storedChain, udiffReport } from './bhavcopy.fixture.ts';
import { storedClosings } from './closing-quotes.ts';
import { reconcile } from './reconcile.ts';

const EQUAL: ReportedOption = { strike: 24_000, type: 'CE', units: 6_500, volume: 40, settlement: 120.5 };
/** What is stored of it: 100 contracts. */
const CLOSE = { strike: [24_000], call_open_interest: [100], call_volume: [40], call_mark: [120.5] };

let folder: string;
let store: MarketStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reconcile-'));
  store = await createSqliteMarketStore({ folder: join(folder) });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const compare = async (path: string) => reconcile(await openRecording(path), storedClosings(store));
const outcomes = (rows: readonly ReconciledContract[]) =>
  Object.fromEntries(rows.map(({ contract, outcome }) => [contract, outcome]));

describe('a comparison with an end-of-day report', () => {
  it('says of each contract whether it is equal, different or missing, with both values', async () => {
    await store.putSnapshots([
      // Of that morning, and of the next: neither is the close.
      storedChain('2026-08-19T04:00:00Z', { ...CLOSE, call_open_interest: [1] }),
      storedChain('2026-08-20T04:00:00Z', { ...CLOSE, call_open_interest: [2] }),
      storedChain('2026-08-19T10:09:00Z', {
        strike: [23_900, 24_000, 24_100, 24_200],
        call_open_interest: [5, 100, 60, 0],
        call_volume: [1, 40, 8, 0],
        call_mark: [180, 120.5, Number.NaN, 1],
        put_bid: [Number.NaN, 89.5, Number.NaN, Number.NaN],
      }),
    ]);
    const report = udiffReport('2026-08-19', [
      EQUAL,
      { strike: 24_100, type: 'CE', units: 4_550, volume: 8, settlement: 75 },
      { strike: 24_300, type: 'CE', units: 650, volume: 0, settlement: 30 },
      // Listed by the exchange and held by nobody.
      { strike: 24_400, type: 'CE', units: 0, volume: 0, settlement: 10 },
      { strike: 24_000, type: 'PE', units: 650, volume: 3, settlement: 90 },
      { strike: 24_100, type: 'PE', units: 650, volume: 3, settlement: 150 },
      { product: 'BANKNIFTY', strike: 52_000, type: 'CE', units: 650, volume: 3, settlement: 90 },
    ]);
    const { sessions, contracts, productsNotStored, rejected } = await compare(written('udiff.csv', report));
    expect(outcomes(contracts)).toEqual({
      'NIFTY-2026-08-25-24000-C': 'equal',
      'NIFTY-2026-08-25-24100-C': 'different',
      'NIFTY-2026-08-25-24300-C': 'missing_here',
      'NIFTY-2026-08-25-24100-P': 'missing_here',
      'NIFTY-2026-08-25-24000-P': 'not_compared',
      'NIFTY-2026-08-25-23900-C': 'missing_there',
    });
    expect(contracts.find(({ outcome }) => outcome === 'different')).toMatchObject({
      stored_at: '2026-08-19T10:09:00.000Z',
      open_interest_here: 60,
      open_interest_there: 70,
      open_interest_difference: -10,
      volume_difference: 0,
      // Nothing was stored of it: no 0.
      settlement_here: null,
      settlement_there: 75,
      settlement_difference: null,
    });
    expect(sessions).toEqual([
      {
        ...{ product: 'NIFTY', session: '2026-08-19', report: 'udiff.csv', reconciled_share: 0.2 },
        ...{ equal: 1, different: 1, missing_here: 2, missing_there: 1, not_compared: 1 },
      },
    ]);
    expect([productsNotStored, rejected]).toEqual([1, 0]);
  });

  it('reads the older format, several days of it, and finds a session of which nothing is stored', async () => {
    await store.putSnapshots([storedChain('2026-08-18T10:00:00Z', CLOSE)]);
    const [header, first] = legacyReport('18-AUG-2026', [EQUAL]).split('\n');
    const [, second] = legacyReport('19-AUG-2026', [EQUAL]).split('\n');
    const { sessions } = await compare(
      written('legacy.csv', [header, first, second, 'broken', ''].join('\n')),
    );
    expect(
      sessions.map(({ session, reconciled_share, missing_here }) => [
        session,
        reconciled_share,
        missing_here,
      ]),
    ).toEqual([
      ['2026-08-18', 1, 0],
      ['2026-08-19', 0, 1],
    ]);
  });

  it('does not compare a report with itself after it was imported', async () => {
    const path = written('udiff.csv', udiffReport('2026-08-19', [EQUAL]));
    const imported = { ...storedChain('2026-08-19T10:10:00Z', CLOSE), source: 'replay:udiff.csv' };
    await store.putSnapshots([imported]);
    expect((await compare(path)).sessions[0]).toMatchObject({ equal: 0, missing_here: 1 });
    await store.putSnapshots([storedChain('2026-08-19T10:09:00Z', { ...CLOSE, call_volume: [39] })]);
    expect((await compare(path)).sessions[0]).toMatchObject({ different: 1, missing_here: 0 });
  });

  it('does not compare it with what was imported of it under another name', async () => {
    const path = written('fo19AUG2026bhav.csv', udiffReport('2026-08-19', [EQUAL]));
    const imported = { ...storedChain('2026-08-19T10:10:00Z', CLOSE), source: 'replay:udiff.csv.zip' };
    await store.putSnapshots([imported]);
    expect((await compare(path)).sessions[0]).toMatchObject({ equal: 0, missing_here: 1 });
    // A live chain of that very instant has quotes.
    const live = storedChain('2026-08-19T10:10:00Z', { ...CLOSE, call_bid: [120] });
    await store.putSnapshots([{ ...live, seq: imported.seq + 1 }]);
    expect((await compare(path)).sessions[0]).toMatchObject({ equal: 1, missing_here: 0 });
  });

  it('compares no open interest in a lot that is not known for certain', async () => {
    const path = written('udiff.csv', udiffReport('2026-08-19', [EQUAL]));
    for (const [seq, flag] of (['lot_unknown', 'lot_inferred'] as const).entries()) {
      const stored = storedChain('2026-08-19T10:09:00Z', { ...CLOSE, call_open_interest: [50] });
      await store.putSnapshots([{ ...stored, seq: stored.seq + seq, quality: [flag] }]);
      const { contracts } = await compare(path);
      expect(contracts).toMatchObject([
        { outcome: 'equal', open_interest_here: null, open_interest_difference: null, volume_difference: 0 },
      ]);
    }
  });

  it('refuses what shows another time than the close', async () => {
    await store.putSnapshots([storedChain('2026-08-19T10:00:00Z', CLOSE)]);
    const minutes =
      'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg\n202608191127,25-Aug-2026,24000,CE,24000,10,1,1,1\n';
    await expect(compare(written('NIFTY_minutes.csv', minutes))).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(
        /NIFTY_minutes\.csv: NIFTY is shown at 2026-08-19T05:57.*not an end-of-day report/,
      ),
    });
  });

  const udiff = recording('bhavcopy/BhavCopy_NSE_FO_0_0_0_20240708_F_0000_excerpt4.csv');
  it.skipIf(udiff.absent)('finds the contracts of a real report, in contracts', async () => {
    const close = { strike: [23_350], put_open_interest: [203], put_volume: [6], put_mark: [181.4] };
    await store.putSnapshots([chainOf('NIFTY', '2024-08-29', Date.parse('2024-07-08T09:59:00Z'), close)]);
    const { sessions, productsNotStored } = await compare(udiff.path);
    expect(sessions).toMatchObject([
      { product: 'NIFTY', session: '2024-07-08', equal: 1, reconciled_share: 1 },
    ]);
    expect(productsNotStored).toBe(1);
  });

  const legacy = recording('bhavcopy/fo01AUG2019bhav_excerpt40.csv');
  it.skipIf(legacy.absent)('finds no option in a real report that has futures alone', async () => {
    expect(await compare(legacy.path)).toEqual({
      sessions: [],
      contracts: [],
      productsNotStored: 0,
      rejected: 0,
    });
  });
});

describe('the nightly comparison', () => {
  let tokens: Awaited<ReturnType<typeof createTokens>>;
  beforeAll(async () => {
    tokens = await createTokens();
  });

  async function start(reconcileBhavcopy: readonly string[] | undefined, now: string) {
    const clock = createManualClock(Date.parse(now));
    const [bus, queue] = [createMemoryBus(), createMemoryQueue()];
    const { verifier, tokenOf } = tokens;
    const open = (path: string, signal: AbortSignal) => openRecording(path, { signal });
    const config = { folder, importRefusal: null, reconcileBhavcopy, intervalMs: 20, settledAfterMs: 0 };
    const service = createOperations(
      { bus, queue, clock, store, verifier, logger: silentLogger, openRecording: open },
      config,
    );
    const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
    if (service.routes) await app.register(service.routes);
    await service.start();
    const authorization = `Bearer ${await tokenOf('admin')}`;
    return {
      clock,
      async shown(accept = 'application/json') {
        const response = await app.inject({
          url: listReconciliations.url,
          headers: { authorization, accept },
        });
        return accept === 'text/csv' ? response.body : response.json();
      },
      queue,
      metrics: () => service.metrics.metrics(),
      metric: async () =>
        (await service.metrics.metrics())
          .split('\n')
          .filter((line) => line.startsWith('deltastream_reconciled_share{')),
      async stop() {
        await service.stop();
        await app.close();
        await Promise.all([queue.close(), bus.close()]);
      },
    };
  }

  it('compares a report when it is due and there, once, and shows the share by route and metric', async () => {
    await store.putSnapshots([storedChain('2026-08-19T10:09:00Z', CLOSE)]);
    const pattern = join(folder, 'bhav_{YYYY}{MM}{DD}.csv');
    const nightly = await start([pattern], '2026-08-19T15:30:00Z');
    // Those of the sessions before are looked for as well: they may be late, and this process may have been away.
    const before = ['bhav_20260818.csv', 'bhav_20260817.csv', 'bhav_20260814.csv'];
    expect(await nightly.shown()).toEqual({
      ...{ count: 0, sessions: [], awaited: ['bhav_20260819.csv', ...before] },
    });
    expect(await nightly.metric()).toEqual([]);
    const different = { ...EQUAL, strike: 24_100 };
    written(basename('bhav_20260819.csv'), udiffReport('2026-08-19', [EQUAL, different]));
    await expect.poll(async () => (await nightly.shown()).count).toBe(1);
    const session = {
      product: 'NIFTY',
      session: '2026-08-19',
      reconciled_share: 0.5,
      equal: 1,
      missing_here: 1,
    };
    expect(await nightly.shown()).toMatchObject({ sessions: [session], awaited: before });
    expect(await nightly.shown('text/csv')).toMatch(
      /^product,session,report,reconciled_share,.*\r?\nNIFTY,2026-08-19,bhav_20260819.csv,0.5,/,
    );
    expect(await nightly.metric()).toEqual([
      'deltastream_reconciled_share{product="NIFTY",session="2026-08-19"} 0.5',
    ]);
    // The next is due on the next evening.
    nightly.clock.set(Date.parse('2026-08-20T14:00:00Z'));
    expect((await nightly.shown()).awaited).toEqual(before);
    nightly.clock.set(Date.parse('2026-08-20T15:00:00Z'));
    expect((await nightly.shown()).awaited).toEqual(['bhav_20260820.csv', ...before]);
    expect((await nightly.shown()).count).toBe(1);
    await nightly.stop();
  });

  it('compares a report that was replaced again, and one of two names once', async () => {
    await store.putSnapshots([storedChain('2026-08-19T10:09:00Z', CLOSE)]);
    const patterns = ['bhav_{YYYY}{MM}{DD}.csv', 'copy_{YYYY}{MM}{DD}.csv'];
    const nightly = await start(
      patterns.map((pattern) => join(folder, pattern)),
      '2026-08-19T15:30:00Z',
    );
    const wrong = udiffReport('2026-08-19', [{ ...EQUAL, volume: 41 }]);
    written('bhav_20260819.csv', wrong);
    await expect.poll(async () => (await nightly.shown()).sessions).toMatchObject([{ different: 1 }]);
    written('copy_20260819.csv', wrong);
    written('bhav_20260819.csv', udiffReport('2026-08-19', [EQUAL]));
    await expect
      .poll(async () => (await nightly.shown()).sessions)
      .toMatchObject([{ report: 'bhav_20260819.csv', equal: 1, different: 0 }]);
    expect(await nightly.metric()).toEqual([
      'deltastream_reconciled_share{product="NIFTY",session="2026-08-19"} 1',
    ]);
    await nightly.stop();
  });

  it('compares a report and its zip once', async () => {
    await store.putSnapshots([storedChain('2026-08-19T10:09:00Z', CLOSE)]);
    const report = udiffReport('2026-08-19', [EQUAL]);
    written('bhav_20260819.csv', report);
    writeFileSync(join(folder, 'bhav_20260819.csv.zip'), zipOf([['bhav_20260819.csv', report]]));
    writeFileSync(join(folder, 'damaged_20260819.csv.zip'), 'PK\u0003\u0004 and no directory');
    const patterns = [
      'bhav_{YYYY}{MM}{DD}.csv',
      'bhav_{YYYY}{MM}{DD}.csv.zip',
      'damaged_{YYYY}{MM}{DD}.csv.zip',
    ];
    const nightly = await start(
      patterns.map((pattern) => join(folder, pattern)),
      '2026-08-19T15:30:00Z',
    );
    const states = async () => (await nightly.queue.jobs('reconcile', 9)).map(({ state }) => state).sort();
    await expect.poll(states).toEqual(['dead', 'done']);
    expect((await nightly.shown()).count).toBe(1);
    await nightly.stop();
  });

  it('compares the others while one of the reports cannot be read', async () => {
    await store.putSnapshots([storedChain('2026-08-19T10:09:00Z', CLOSE)]);
    written('copy_20260819.csv', udiffReport('2026-08-19', [EQUAL]));
    // A file by what is known of it, and none to be read: permissions do not keep root from reading.
    symlinkSync('/proc/self/mem', join(folder, 'bhav_20260819.csv'));
    const patterns = ['bhav_{YYYY}{MM}{DD}.csv', 'copy_{YYYY}{MM}{DD}.csv'];
    const nightly = await start(
      patterns.map((pattern) => join(folder, pattern)),
      '2026-08-19T15:30:00Z',
    );
    await expect.poll(async () => (await nightly.shown()).sessions).toMatchObject([{ equal: 1 }]);
    await nightly.stop();
  });

  it('leaves the metrics of its service there while the queue is away', async () => {
    const nightly = await start([join(folder, 'bhav_{YYYY}{MM}{DD}.csv')], '2026-08-19T15:30:00Z');
    nightly.queue.jobs = () => Promise.reject(new Error('away'));
    expect(await nightly.metrics()).toMatch(/^deltastream_operations_bus_backlog/m);
    await nightly.stop();
  });

  it('is off without the setting', async () => {
    const off = await start(undefined, '2026-08-19T15:30:00Z');
    expect(await off.shown()).toEqual({ count: 0, sessions: [], awaited: [] });
    await off.stop();
  });
});

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARKET_CHAINS } from '@deltastream/contracts';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../../adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import type { HttpApp } from '../../../kit/http/http.ts';
import type { Service } from '../../../kit/lifecycle/service.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { openRecording } from '../../../kit/recordings/recordings.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import type { Bus } from '../../../ports/bus.ts';
import { createManualClock, type ManualClock, systemClock } from '../../../ports/clock.ts';
import type { Queue } from '../../../ports/queue.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createEnricher } from '../../enricher/service.ts';
import { createStorage } from '../../storage/service.ts';
import { importRecording } from '../imports/import-recording.ts';
import type { ImportSettings } from '../imports/imports.ts';
import { createOperations } from '../service.ts';
import type { OpenRecording } from './open-recording.ts';
import { TRANSFERS } from './transfer-settings.ts';
import type { TransferSettings } from './transfers.ts';

const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
const MINUTES = 30;
/** Calls and puts of three strikes for half an hour, and a line that is none. */
const RECORDING = [
  HEADER,
  ...Array.from({ length: MINUTES }, (_, minute) =>
    [24_000, 24_050, 24_100].flatMap((strike) =>
      ['CE', 'PE'].map(
        (side) => `202608191${100 + minute},25-Aug-2026,${strike},${side},24052.4,61.5,10,5,-2`,
      ),
    ),
  ).flat(),
  '<html>',
  '',
].join('\n');
const EXPIRY = '2026-08-25';
const FROM = '2026-08-19T00:00:00Z';
const TO = '2026-08-20T00:00:00Z';
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };

let tokens: Awaited<ReturnType<typeof createTokens>>;
beforeAll(async () => {
  tokens = await createTokens();
});

const openInFolder: OpenRecording = (path, signal, said) =>
  openRecording(path, { ...said, signal, followLinks: false });

describe('transfers', () => {
  let folder: string;
  const niftyPath = () => join(folder, 'imports', 'nifty.csv');
  let bus: Bus;
  let queue: Queue;
  let store: MarketStore;
  let app: HttpApp;
  let clock: ManualClock | undefined;
  const services: Service[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transfers-'));
    mkdirSync(join(folder, 'imports'));
    writeFileSync(join(folder, 'imports', 'nifty.csv'), RECORDING);
    bus = createMemoryBus();
    queue = createMemoryQueue({ backoffUnitMs: 5 });
    store = await createSqliteMarketStore({ folder: join(folder, 'market'), commitIntervalMs: 1 });
    const parts = { bus, queue, store, cache: createMemoryCache(), clock: systemClock, logger: silentLogger };
    services.push(createEnricher(parts), createStorage(parts));
    clock = undefined;
    await Promise.all(services.map((each) => each.start()));
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((each) => each.stop()));
    await app?.close();
    await Promise.all([bus.close(), queue.close(), store.close()]);
    rmSync(folder, { recursive: true });
  });

  const start = async (
    settings: Partial<TransferSettings & ImportSettings> = {},
    from: MarketStore = store,
  ) => {
    const parts = {
      bus,
      queue,
      store: from,
      logger: silentLogger,
      verifier: tokens.verifier,
      openRecording: openInFolder,
      clock,
    };
    const service = createOperations(parts, { folder, importRefusal: null, ...settings });
    services.push(service);
    app = createServiceApp({ logger: silentLogger, verifier: tokens.verifier, tokensRequired: false });
    if (service.routes) await app.register(service.routes);
    await service.start();
  };
  async function call(method: 'GET' | 'POST', path: string, payload?: object, role: string | null = 'admin') {
    const headers = role === null ? {} : { authorization: `Bearer ${await tokens.tokenOf(role)}` };
    const response = await app.inject({
      method,
      url: `/api/admin/${path}`,
      headers,
      ...(payload && { payload }),
    });
    const isJson = response.headers['content-type']?.includes('json');
    return {
      status: response.statusCode,
      body: isJson ? response.json() : response.body,
      headers: response.headers,
    };
  }
  const ended = async (what: 'imports' | 'exports', id: string) => {
    const look = async () => (await call('GET', `${what}/${encodeURIComponent(id)}`)).body;
    await expect.poll(async () => (await look()).state).toMatch(/done|dead/);
    return look();
  };
  const importFile = async (file = 'nifty.csv') => {
    const { status, body } = await call('POST', 'imports', { file });
    expect(status).toBe(201);
    return ended('imports', body.id);
  };
  const exportOf = async (order: object) => {
    const { status, body } = await call('POST', 'exports', {
      product: 'NIFTY',
      from: FROM,
      to: TO,
      ...order,
    });
    expect(status, JSON.stringify(body)).toBe(201);
    return ended('exports', body.id);
  };
  const contentOf = async (file: string) => {
    const { body } = await call('GET', `exports/files/${encodeURIComponent(file)}`);
    const [header, ...lines] = body.trimEnd().split('\r\n');
    return { header: header.split(','), lines: lines.map((line: string) => line.split(',')) };
  };

  it('are for administrators', async () => {
    await start();
    const requests = [
      ['GET', 'imports'],
      ['POST', 'imports', { file: 'nifty.csv' }],
      ['GET', 'imports/1'],
      ['GET', 'exports'],
      ['POST', 'exports', {}],
      ['GET', 'exports/1'],
      ['GET', 'exports/files/A.csv'],
    ] as const;
    for (const [method, path, body] of requests) {
      expect((await call(method, path, body, null)).body.code).toBe('unauthenticated');
      expect((await call(method, path, body, 'trader')).body.code).toBe('forbidden');
    }
  });

  describe('imports', () => {
    it('end in the store, with what was read; a second time changes nothing', async () => {
      await start();
      expect(await importFile()).toMatchObject({
        state: 'done',
        file: 'nifty.csv',
        tries: 1,
        reason: null,
        progress: { chains: MINUTES, ticks: MINUTES, rejected: 1, stored: true, position: RECORDING.length },
      });
      const counts = await store.counts();
      expect(counts.snapshots).toBe(MINUTES);
      const chains = await store.summaries('NIFTY', EXPIRY, ALL);
      expect((await importFile()).progress).toMatchObject({ chains: MINUTES, stored: true });
      expect(await store.counts()).toMatchObject({
        snapshots: MINUTES,
        ticks: counts.ticks,
        bars: counts.bars,
      });
      expect(await store.summaries('NIFTY', EXPIRY, ALL)).toEqual(chains);
      const listed = (await call('GET', 'imports')).body;
      expect(listed).toMatchObject({ count: 2, files: ['nifty.csv'] });
    });

    it('of a corrected recording replace what was stored, whatever its name and numbers, and say so', async () => {
      await start();
      await importFile();
      // One price put right and a minute added before it, so that every number is another one.
      const minute = RECORDING.split('\n').slice(1, 7);
      const corrected = [
        HEADER,
        ...minute.map((line) => line.replace('202608191100', '202608191059')),
        ...RECORDING.split('\n')
          .slice(1, -2)
          .map((line) => line.replace(/(202608191105.*),24052.4,/, '$1,23000,')),
        '',
      ].join('\n');
      writeFileSync(join(folder, 'imports', 'nifty-corrected.csv'), corrected);
      const { progress, keep_existing } = await importFile('nifty-corrected.csv');
      expect(keep_existing).toBe(false);
      expect(progress).toMatchObject({ chains: MINUTES + 1, stored: true });
      expect(progress.outcome).toEqual({
        // The minute that was the first is frozen, now that another comes before it.
        chains: { new: 1, replaced: 2, kept: MINUTES - 2 },
        ticks: { new: 1, replaced: 1, kept: MINUTES - 1 },
      });
      const lows = async (interval: '1m' | '5m' | '15m') =>
        (await store.bars('NIFTY', interval, ALL)).filter(({ low }) => low === 23_000).length;
      expect([await lows('1m'), await lows('5m'), await lows('15m')]).toEqual([1, 1, 1]);

      // The first recording again: what it says is put back, in the bars, too.
      expect((await importFile()).progress.outcome).toMatchObject({
        chains: { new: 0, replaced: 2 },
        ticks: { new: 0, replaced: 1, kept: MINUTES - 1 },
      });
      expect([await lows('1m'), await lows('5m'), await lows('15m')]).toEqual([0, 0, 0]);
    });

    it('that keep what is stored fill what is free', async () => {
      await start();
      await importFile();
      const corrected = `${RECORDING.replaceAll('24052.4', '23000')}\n${RECORDING.split('\n')[1].replace('202608191100', '202608191159')}\n`;
      writeFileSync(join(folder, 'imports', 'nifty-z.csv'), corrected);
      const { body } = await call('POST', 'imports', { file: 'nifty-z.csv', keep_existing: true });
      expect(await ended('imports', body.id)).toMatchObject({
        keep_existing: true,
        progress: {
          stored: true,
          outcome: {
            chains: { new: 1, replaced: 0, kept: MINUTES },
            ticks: { new: 1, replaced: 0, kept: MINUTES },
          },
        },
      });
      const prices = (await store.ticks('NIFTY', ALL)).map(({ price }) => price);
      expect(prices.every((price) => Math.abs(price - 24_052.4) < 0.01)).toBe(true);
      expect((await store.bars('NIFTY', '15m', ALL)).every(({ low }) => low > 24_000)).toBe(true);
    });

    it('that were stopped begin again and end the same', async () => {
      const stopping = new AbortController();
      let published = 0;
      const stopped: Bus = {
        ...bus,
        async publish(topic, frame) {
          if (++published === 20) stopping.abort();
          return bus.publish(topic, frame);
        },
      };
      const open = () => openInFolder(niftyPath(), stopping.signal, {});
      const parts = { bus: stopped, store, logger: silentLogger, open };
      const first = importRecording(parts, async () => {}, stopping.signal);
      await expect(first).rejects.toMatchObject({ code: 'stopped', permanent: false });
      expect(published).toBeLessThan(MINUTES);
      await start();
      expect((await importFile()).progress).toMatchObject({ chains: MINUTES, stored: true });
      expect((await store.counts()).snapshots).toBe(MINUTES);
    });

    it('wait for consumers that are behind', async () => {
      let behind = 0.9;
      const slow: Bus = { ...bus, pressure: () => behind };
      const { signal } = new AbortController();
      const open = () => openInFolder(niftyPath(), signal, {});
      const parts = { bus: slow, store, logger: silentLogger, open };
      const published: number[] = [];
      await bus.follow(MARKET_CHAINS.name, 'latest', () => published.push(1));
      const running = importRecording(parts, async () => {}, signal);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(published).toHaveLength(0);
      behind = 0;
      await running;
      expect(published).toHaveLength(MINUTES);
    });

    it('say when the end did not reach the store', async () => {
      const deaf = { ...store, asOf: async () => null };
      const { signal } = new AbortController();
      const open = () => openInFolder(niftyPath(), signal, {});
      const parts = { bus, store: deaf, logger: silentLogger, open };
      const reports: { stored: boolean | null }[] = [];
      const settings = { ...TRANSFERS.defaults, importStoredWithinMs: 50 };
      await importRecording(parts, async (progress) => void reports.push(progress), signal, settings);
      expect(reports.at(-1)?.stored).toBe(false);
    });

    it('of what cannot be read are given up at once, with the reason', async () => {
      await start();
      writeFileSync(join(folder, 'imports', 'letter.txt'), 'Dear Sir');
      const dead = await importFile('letter.txt');
      expect(dead).toMatchObject({
        state: 'dead',
        tries: 1,
        reason: expect.stringContaining('no supported format'),
      });
    });

    it('take plain files of their folder only', async () => {
      await start();
      writeFileSync(join(folder, 'secret.csv'), RECORDING);
      symlinkSync(join(folder, 'secret.csv'), join(folder, 'imports', 'link.csv'));
      mkdirSync(join(folder, 'imports', 'folder.csv'));
      for (const file of ['link.csv', 'folder.csv', 'absent.csv']) {
        expect((await call('POST', 'imports', { file })).body.code).toBe('not_found');
      }
      for (const file of ['../secret.csv', '/etc/passwd', '.hidden', '..', 'a/b', '']) {
        expect((await call('POST', 'imports', { file })).body.code).toBe('invalid_request');
      }
      expect((await call('GET', 'imports')).body.files).toEqual(['nifty.csv']);
    });

    it('say of a recording what it does not say itself', async () => {
      await start();
      const leg = (ltp: number) => ({ market_data: { ltp, volume: 75, oi: 150 } });
      const strikes = [24_000, 24_100].map((strike_price) => ({
        ...{ expiry: '2026-08-25', strike_price, underlying_spot_price: 24_050 },
        ...{ underlying_key: 'NSE_INDEX|Nifty 50', call_options: leg(80), put_options: leg(30) },
      }));
      writeFileSync(
        join(folder, 'imports', 'chain.json'),
        JSON.stringify({ status: 'success', data: strikes }),
      );
      expect((await importFile('chain.json')).reason).toMatch(/--recorded-at/);
      const said = {
        recorded_at: '2026-08-19T11:00:00+05:30',
        recorded_product: 'NIFTY',
        recorded_expiry: EXPIRY,
      };
      const { body } = await call('POST', 'imports', { file: 'chain.json', ...said });
      expect(body).toMatchObject(said);
      expect(await ended('imports', body.id)).toMatchObject({ state: 'done', progress: { chains: 1 } });
      const chain = await store.latest('NIFTY', EXPIRY);
      expect(chain?.timestamp).toBe(Date.parse(said.recorded_at));
      expect(chain?.source).toMatch(/\(instant by setting\)$/);
    });

    it.each([
      [{ recorded_at: 'yesterday' }],
      [{ recorded_at: '2026-02-30T10:00:00Z' }],
      [{ recorded_at: '2026-08-19T11:00:00' }],
      [{ recorded_expiry: '2026-02-30' }],
      [{ recorded_product: 'nifty 50' }],
      [{ recorded_product: 'B.C' }],
    ])('with %j are refused', async (said) => {
      await start();
      const { status, body } = await call('POST', 'imports', { file: 'nifty.csv', ...said });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect((await call('GET', 'imports')).body.count).toBe(0);
    });

    it('are refused where generated data is kept', async () => {
      await start({ importRefusal: 'generated data is kept here' });
      const { body } = await call('POST', 'imports', { file: 'nifty.csv' });
      expect(body).toMatchObject({ code: 'invalid_request', detail: 'generated data is kept here' });
    });
  });

  describe('exports', () => {
    const stored = async (settings: Partial<TransferSettings> = {}, from?: MarketStore) => {
      await start(settings, from);
      await importFile();
    };

    it('of chains have a row for each contract', async () => {
      await stored();
      const done = await exportOf({ kind: 'chains', expiry: EXPIRY });
      const file = `NIFTY_chains_${EXPIRY}_20260819T000000000Z_20260820T000000000Z.csv`;
      expect(done).toMatchObject({ state: 'done', file, progress: { rows: 6 * MINUTES } });
      const { header, lines } = await contentOf(file);
      expect(lines).toHaveLength(6 * MINUTES);
      const cell = (line: string[], name: string) => line[header.indexOf(name)];
      const chain = await store.latest('NIFTY', EXPIRY);
      const last = lines.at(-1);
      expect(cell(last, 'timestamp')).toBe(new Date(chain?.timestamp ?? 0).toISOString());
      expect([cell(last, 'strike'), cell(last, 'side'), cell(last, 'last_price')]).toEqual([
        '24100',
        'put',
        '61.5',
      ]);
      expect(cell(last, 'bid')).toBe('');
      expect(done.progress.bytes).toBe(readFileSync(join(folder, 'exports', file)).length);
    });

    it('of ticks and bars come in time order, in the range only', async () => {
      await stored();
      const to = '2026-08-19T05:40:00Z';
      const ticks = await contentOf((await exportOf({ kind: 'ticks', to })).file);
      expect(ticks.header.slice(0, 3)).toEqual(['timestamp', 'product', 'price']);
      expect(ticks.lines.map(([time]: string[]) => time)).toEqual(
        Array.from({ length: 10 }, (_, i) => new Date(Date.UTC(2026, 7, 19, 5, 30 + i)).toISOString()),
      );
      const bars = await contentOf((await exportOf({ kind: 'bars', interval: '15m' })).file);
      expect(bars.header).toEqual(['start', 'product', 'interval', 'open', 'high', 'low', 'close']);
      expect(bars.lines.map(([start]: string[]) => start)).toEqual([
        '2026-08-19T05:30:00.000Z',
        '2026-08-19T05:45:00.000Z',
      ]);
    });

    it('are listed with their files, and downloaded as such', async () => {
      await stored();
      const { file } = await exportOf({ kind: 'ticks' });
      const listed = (await call('GET', 'exports')).body;
      expect(listed).toMatchObject({ count: 1, exports: [{ file, kind: 'ticks', state: 'done' }] });
      expect(listed.files).toEqual([{ file, bytes: expect.any(Number), written_at: expect.any(String) }]);
      const { headers } = await call('GET', `exports/files/${file}`);
      expect(headers['content-type']).toContain('text/csv');
      expect(headers['content-disposition']).toBe(`attachment; filename="${file}"`);
    });

    it('give no other file away', async () => {
      await stored();
      writeFileSync(join(folder, 'SECRET.csv'), 'secret');
      mkdirSync(join(folder, 'exports'), { recursive: true });
      symlinkSync(join(folder, 'SECRET.csv'), join(folder, 'exports', 'LINK.csv'));
      for (const name of [
        '..%2FSECRET.csv',
        '%2e%2e%2fSECRET.csv',
        'LINK.csv',
        'ABSENT.csv',
        '.csv',
        'A%00.csv',
      ]) {
        const { status, body } = await call('GET', `exports/files/${name}`);
        expect([400, 404]).toContain(status);
        expect(JSON.stringify(body)).not.toContain('secret"');
      }
    });

    it('are refused what makes no sense, and end with the reason where data is asked for that is not there', async () => {
      await stored();
      const refusal = async (order: object) =>
        (await call('POST', 'exports', { kind: 'ticks', product: 'NIFTY', from: FROM, to: TO, ...order }))
          .body;
      expect((await refusal({ to: FROM })).detail).toContain('to: is not after from');
      expect((await refusal({ expiry: EXPIRY })).detail).toContain('expiry');
      expect((await refusal({ kind: 'chains', interval: '1m' })).detail).toContain('interval');
      expect((await refusal({ product: '../x' })).code).toBe('invalid_request');
      expect(await exportOf({ kind: 'ticks', product: 'UNHEARD' })).toMatchObject({
        state: 'dead',
        tries: 1,
        reason: expect.stringContaining('UNHEARD'),
      });
      expect(await exportOf({ kind: 'chains', expiry: '2030-01-01' })).toMatchObject({
        state: 'dead',
        tries: 1,
      });
      expect(readdirSync(join(folder, 'exports'))).toEqual([]);
    });

    it('have a bound, and leave nothing behind beyond it', async () => {
      await stored({ exportMaxRows: 10, exportMaxBytes: 1e6 });
      expect(await exportOf({ kind: 'ticks' })).toMatchObject({
        state: 'dead',
        tries: 1,
        reason: expect.stringContaining('more than 10 rows'),
      });
      expect(readdirSync(join(folder, 'exports'))).toEqual([]);
    });

    it('disarm what a spreadsheet would run as a formula, as answers do', async () => {
      const hostile: MarketStore = {
        ...store,
        ticks: async (product, range) =>
          (await store.ticks(product, range)).map((tick) => ({ ...tick, source: '=HYPERLINK("http://x")' })),
      };
      await stored({}, hostile);
      const { file } = await exportOf({ kind: 'ticks' });
      const text = readFileSync(join(folder, 'exports', file), 'utf8');
      expect(text).toContain(`,"'=HYPERLINK(""http://x"")"\r\n`);
      expect(text).not.toContain(',"=');
    });

    it('are tried again when the store fails meanwhile', async () => {
      let failures = 2;
      const flaky: MarketStore = {
        ...store,
        async ticks(product, range) {
          if (failures-- > 0) throw new Error('the store is away');
          return store.ticks(product, range);
        },
      };
      await stored({}, flaky);
      expect(await exportOf({ kind: 'ticks' })).toMatchObject({
        state: 'done',
        tries: 3,
        progress: { rows: MINUTES },
      });
      expect(readdirSync(join(folder, 'exports'))).toHaveLength(1);
    });

    it('keep the newest files', async () => {
      await stored({ exportMaxFiles: 2 });
      const made: string[] = [];
      for (const to of ['2026-08-19T05:31:00Z', '2026-08-19T05:32:00Z', '2026-08-19T05:33:00Z']) {
        made.push((await exportOf({ kind: 'ticks', to })).file);
      }
      expect(readdirSync(join(folder, 'exports')).sort()).toEqual(made.slice(1).sort());
    });

    it('keep what was just written, and lose parts without a writer, whatever the wall clock says', async () => {
      const exports = join(folder, 'exports');
      const put = (name: string, writtenAt: Date) => {
        writeFileSync(join(exports, name), 'x');
        utimesSync(join(exports, name), writtenAt, writtenAt);
      };
      mkdirSync(exports);
      const [past, future] = [new Date(Date.now() - 3 * 86_400_000), new Date(Date.now() + 86_400_000)];
      put('A.csv', future);
      put('B.csv', future);
      put('C.csv.0a.part', past);
      put('D.csv.0b.part', future);
      clock = createManualClock(Date.now());
      await stored({ exportMaxFiles: 2 });
      const { file } = await exportOf({ kind: 'ticks' });
      expect(readdirSync(exports)).toEqual(expect.arrayContaining([file, 'C.csv.0a.part', 'D.csv.0b.part']));
      clock.set(clock.now() + 3_600_000);
      put('C.csv.0a.part', new Date());
      await exportOf({ kind: 'ticks' });
      expect(readdirSync(exports).filter((name) => name.endsWith('.part'))).toEqual(['C.csv.0a.part']);
      expect(readdirSync(exports)).toContain(file);
    });
  });
});

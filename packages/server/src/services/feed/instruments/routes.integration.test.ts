import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listedOn } from '@deltastream/reference';
import type { OptionInstrument } from '@deltastream/venues';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { createLogger, silentLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { createInstrumentFiles } from './instrument-files.ts';
import { instrumentFolder, placesOf } from './instrument-folder.ts';
import { createKeptLists } from './kept-lists.ts';
import { instrumentRoutes } from './routes.ts';

const FIRST = Date.parse('2026-11-26T03:00:00Z');
const SECOND = Date.parse('2026-11-27T03:00:00Z');
const NOW = Date.parse('2026-11-27T06:00:00Z');
const SIMULATOR = 'http://127.0.0.1:9000';
const verifier = { verify: async () => Promise.reject(new Error('no token')), onRevoked: () => () => {} };

let data: string;
let app: HttpApp;
let logged: string[];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'deltastream-instruments-'));
  logged = [];
  const folder = instrumentFolder(data);
  const places = placesOf(['deribit', 'kite', 'upstox'], new Map([['upstox', SIMULATOR]]));
  const logger = createLogger('debug', { write: (line) => void logged.push(line) });
  const clock = createManualClock(NOW);
  app = createServiceApp({ logger, verifier, tokensRequired: false });
  await app.register(instrumentRoutes({ folder, places }, { clock, logger }));
});
afterEach(async () => {
  await app.close();
  rmSync(data, { recursive: true });
});

const nifty = (id: number, strike: number, more: Partial<OptionInstrument> = {}): OptionInstrument => ({
  ...{ kind: 'option', id, listing: listedOn('NSE', 'NIFTY'), expiry: '2026-12-29' },
  ...{ expiresAt: Date.parse('2026-12-29T10:10:00Z'), strike, side: 'call', lotSize: 65, ...more },
});

async function keep(endpoints: ReadonlyMap<string, string> = new Map()) {
  const logger = silentLogger;
  const files = createInstrumentFiles(instrumentFolder(data), endpoints, {
    clock: createManualClock(NOW),
    logger,
  });
  const spot = { kind: 'underlying', id: 1, listing: listedOn('NSE', 'NIFTY') } as const;
  const off = { expiry: '2026-12-03', expiresAt: Date.parse('2026-12-03T10:10:00Z') };
  const of = (asOf: number, ...options: OptionInstrument[]) => ({
    ...{ asOf, instruments: [spot, ...options], rejected: new Map() },
  });
  await files.save('kite', of(FIRST, nifty(7, 26_000, { lotSize: 75 }), nifty(8, 25_000)));
  await files.save(
    'kite',
    of(SECOND, nifty(7, 26_000), nifty(10, 26_000, { side: 'put' }), nifty(9, 24_000, off)),
  );
  const btc: OptionInstrument = {
    ...{
      kind: 'option',
      id: 'BTC-25DEC26-90000-C',
      listing: listedOn('DERIBIT', 'BTC'),
      expiry: '2026-12-25',
    },
    ...{ expiresAt: Date.parse('2026-12-25T08:00:00Z'), strike: 90_000, side: 'call', lotSize: 1 },
    ...{ multiplier: 1, settlement: { currency: 'BTC' } },
  };
  await files.save('deribit', { asOf: SECOND, instruments: [btc], rejected: new Map() });
}

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await app.inject({ method: 'GET', url: `/api/instruments${url}`, headers });
  return { status: response.statusCode, headers: response.headers, body: response.body };
}
const json = async (url: string) => {
  const { status, body } = await get(url);
  return { status, ...JSON.parse(body) };
};

describe('the lists of the venues', () => {
  it('are empty where none was kept, and a product is then unknown', async () => {
    expect(await json('')).toEqual({ status: 200, count: 0, products: [], venues_not_read: [] });
    expect(await json('/NIFTY')).toMatchObject({ status: 404, code: 'unknown_product' });
  });

  it('name their products with counts and the last refresh', async () => {
    await keep();
    const { products } = await json('');
    expect(products).toEqual([
      {
        ...{
          product: 'BTC',
          venue: 'deribit',
          exchange: 'DERIBIT',
          options: 1,
          futures: 0,
          expiries: 1,
          ended: 0,
        },
        last_refresh: '2026-11-27T03:00:00.000Z',
      },
      {
        ...{
          product: 'NIFTY',
          venue: 'kite',
          exchange: 'NSE',
          options: 3,
          futures: 0,
          expiries: 2,
          ended: 1,
        },
        last_refresh: '2026-11-27T03:00:00.000Z',
      },
    ]);
    const { headers, body } = await get('', { accept: 'text/csv' });
    expect(headers['content-type']).toContain('text/csv');
    expect(body.split(/\r?\n/)[1]).toBe('BTC,deribit,DERIBIT,1,0,1,0,2026-11-27T03:00:00.000Z');
  });

  it('say of a contract what it is, its terms since when, and how it settles', async () => {
    await keep();
    const { instruments, at, count, next_cursor } = await json('/NIFTY');
    expect([at, count, next_cursor]).toEqual(['2026-11-27T06:00:00.000Z', 4, null]);
    expect(
      instruments.map(({ kind, expiry, strike, side }: Record<string, unknown>) => [
        kind,
        expiry,
        strike,
        side,
      ]),
    ).toEqual([
      ['underlying', null, null, null],
      ['option', '2026-12-03', 24_000, 'call'],
      ['option', '2026-12-29', 26_000, 'call'],
      ['option', '2026-12-29', 26_000, 'put'],
    ]);
    expect(instruments[2]).toEqual({
      ...{ venue: 'kite', id: '7', kind: 'option', contract: 'NIFTY-2026-12-29-26000-C' },
      ...{ other_contracts: [], exchange: 'NSE' },
      ...{ expiry: '2026-12-29', expires_at: '2026-12-29T10:10:00.000Z', strike: 26_000, side: 'call' },
      ...{ lot_size: 65, price_tick: 0.05, multiplier: 65 },
      ...{ delivery: 'cash', style: 'european', settlement_currency: 'INR' },
      ...{ terms_from: '2026-11-27T03:00:00.000Z', terms_until: null },
      ...{ listed_from: '2026-11-26T03:00:00.000Z', ended_at: null, expiry_flag: null },
    });
    // A Thursday: NIFTY expires on Tuesdays.
    expect(instruments[1]).toMatchObject({ expiry_flag: 'not_scheduled' });
    const { instruments: coins } = await json('/BTC');
    expect(coins).toMatchObject([{ multiplier: 1, delivery: 'cash', settlement_currency: 'BTC' }]);
  });

  it('are as they were at an instant, with the terms of then', async () => {
    await keep();
    const { instruments } = await json('/NIFTY?at=2026-11-26T12:00:00Z&kind=option');
    expect(instruments).toMatchObject([
      { id: '8', strike: 25_000, ended_at: '2026-11-27T03:00:00.000Z' },
      { id: '7', lot_size: 75, multiplier: 75, terms_until: '2026-11-27T03:00:00.000Z' },
    ]);
    expect(await json('/NIFTY?at=2026-11-25T12:00:00Z')).toMatchObject({ status: 404, code: 'no_data' });
  });

  it('lead from a contract to its ids before and after a rewrite of its strike', async () => {
    const files = createInstrumentFiles(instrumentFolder(data), new Map(), {
      ...{ clock: createManualClock(NOW), logger: silentLogger },
    });
    const listing = listedOn('NSE', 'RELIANCE');
    const save = (asOf: number, strike: number, lotSize: number) =>
      files.save('kite', {
        asOf,
        instruments: [nifty(7, strike, { listing, lotSize })],
        rejected: new Map(),
      });
    await save(FIRST, 1400, 500);
    await save(SECOND, 700, 1000);
    expect((await json('/RELIANCE')).instruments).toMatchObject([
      {
        ...{ id: '7', contract: 'RELIANCE-2026-12-29-700-C', lot_size: 1000, delivery: 'physical' },
        ...{ other_contracts: ['RELIANCE-2026-12-29-1400-C'], terms_from: '2026-11-27T03:00:00.000Z' },
      },
    ]);
    expect((await json('/RELIANCE?at=2026-11-26T12:00:00Z')).instruments).toMatchObject([
      {
        ...{ id: '7', contract: 'RELIANCE-2026-12-29-1400-C', lot_size: 500 },
        ...{ other_contracts: ['RELIANCE-2026-12-29-700-C'], terms_until: '2026-11-27T03:00:00.000Z' },
      },
    ]);
  });

  it('are narrowed by expiry, venue and fields, in JSON and CSV', async () => {
    await keep();
    expect((await json('/NIFTY?expiry=2026-12-03')).instruments).toMatchObject([{ id: '9' }]);
    expect(await json('/NIFTY?expiry=2026-12-08')).toMatchObject({ status: 404, code: 'unknown_expiry' });
    expect(await json('/NIFTY?venue=deribit')).toMatchObject({ status: 404, code: 'unknown_product' });
    const { instruments } = await json('/NIFTY?expiry=2026-12-03&fields=strike,lot_size');
    expect(instruments).toEqual([{ venue: 'kite', id: '9', strike: 24_000, lot_size: 65 }]);
    expect(await json('/NIFTY?fields=strike,colour')).toMatchObject({ status: 400, code: 'invalid_request' });
    const { body } = await get('/NIFTY?kind=option&fields=strike', { accept: 'text/csv' });
    expect(body.trim().split(/\r?\n/)).toEqual([
      'venue,id,strike',
      'kite,9,24000',
      'kite,7,26000',
      'kite,10,26000',
    ]);
  });

  it('come in pages that follow each other', async () => {
    await keep();
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages++) {
      const { instruments, next_cursor, count } = await json(`/NIFTY?limit=1${cursor}`);
      expect(count).toBe(1);
      seen.push(instruments[0].id);
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(seen).toEqual(['1', '9', '7', '10']);
    for (const wrong of ['x', Buffer.from('[1]').toString('base64url')])
      expect(await json(`/NIFTY?cursor=${wrong}`)).toMatchObject({ status: 400, code: 'invalid_request' });
    const { headers } = await get('/NIFTY?limit=1', { accept: 'text/csv' });
    expect(headers.link).toContain('rel="next"');
  });

  it('are those of the server that the settings name', async () => {
    const upstox = createInstrumentFiles(instrumentFolder(data), new Map(), {
      ...{ clock: createManualClock(NOW), logger: silentLogger },
    });
    await upstox.save('upstox', { asOf: SECOND, instruments: [nifty(7, 26_000)], rejected: new Map() });
    expect(await json('')).toMatchObject({ count: 0 });
    const simulated = createInstrumentFiles(instrumentFolder(data), new Map([['upstox', SIMULATOR]]), {
      ...{ clock: createManualClock(NOW), logger: silentLogger },
    });
    await simulated.save('upstox', { asOf: SECOND, instruments: [nifty(7, 25_000)], rejected: new Map() });
    expect((await json('/NIFTY')).instruments).toMatchObject([{ venue: 'upstox', strike: 25_000 }]);
  });

  it('that cannot be read are named, once in the log, and others are shown', async () => {
    await keep();
    const folder = instrumentFolder(data);
    writeFileSync(join(folder, 'deribit.json'), '{"version":9}');
    for (let i = 0; i < 3; i++)
      expect(await json('/NIFTY')).toMatchObject({ status: 200, venues_not_read: ['deribit'] });
    expect(logged.filter((line) => line.includes('venue_instruments_not_read'))).toHaveLength(1);
    expect(await json('/BTC')).toMatchObject({
      ...{
        status: 404,
        code: 'unknown_product',
        detail: expect.stringContaining('of deribit cannot be read'),
      },
    });
  });

  it('of release 0.1.0 are shown, with what it did not keep as null', async () => {
    mkdirSync(instrumentFolder(data));
    copyFileSync(join(import.meta.dirname, 'instruments-1.json'), join(instrumentFolder(data), 'kite.json'));
    expect((await json('/NIFTY?kind=option')).instruments).toMatchObject([
      { strike: 26_000, lot_size: 65, multiplier: null, delivery: null, settlement_currency: null },
    ]);
  });
});

it('requests that come at once read a list once', async () => {
  await keep();
  const places = placesOf(['kite'], new Map());
  const lists = createKeptLists({ folder: instrumentFolder(data), places }, silentLogger);
  const [one, other] = await Promise.all([lists.read(), lists.read()]);
  expect(one.masters).toHaveLength(1);
  expect(other.masters[0]).toBe(one.masters[0]);
});

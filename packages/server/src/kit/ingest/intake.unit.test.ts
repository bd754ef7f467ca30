import {
  column,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
  type UnderlyingTick,
} from '@deltastream/contracts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import type { Bus } from '../../ports/bus.ts';
import { createManualClock, type ManualClock } from '../../ports/clock.ts';
import { createProductPaces } from '../health/product-pace.ts';
import { silentLogger } from '../logging/log.ts';
import { createIngestMetrics } from './ingest-metrics.ts';
import { INGEST } from './ingest-settings.ts';
import { createIntake, type Intake } from './intake.ts';
import { linesOf } from './lines.ts';

const NOW = '2026-08-19T06:00:00.000Z';
const LIMITS = { ...INGEST.defaults, dataset: 'recorded' };
const tick = { product: 'NIFTY', timestamp: '2026-08-19T11:30:00+05:30', price: 24_200.5 };
const row = { strike: 24_200, call: { bid: 100, ask: 101 }, put: { bid: 90, ask: 91, open_interest: 7 } };
const chain = { product: 'NIFTY', expiry: '2026-08-25', timestamp: NOW, spot_price: 24_200, rows: [row] };
const quote = { product: 'NIFTY', expiry: '2026-08-25', strike: 24_200, side: 'call', timestamp: NOW };

let bus: Bus;
let clock: ManualClock;
let intake: Intake;
const ticks: UnderlyingTick[] = [];
const chains: RawChain[] = [];

beforeEach(async () => {
  ticks.length = 0;
  chains.length = 0;
  bus = createMemoryBus();
  clock = createManualClock(Date.parse(NOW));
  await bus.follow(MARKET_TICKS.name, 'latest', ({ frame }) => ticks.push(MARKET_TICKS.frames.decode(frame)));
  await bus.follow(MARKET_CHAINS.name, 'latest', ({ frame }) =>
    chains.push(MARKET_CHAINS.frames.decode(frame)),
  );
  intake = open(bus);
  return async () => {
    await intake.stop();
    await bus.close();
  };
});

const open = (on: Bus, limits: Partial<typeof LIMITS> = {}): Intake =>
  createIntake(
    { bus: on, clock, logger: silentLogger, metrics: createIngestMetrics(), paces: createProductPaces() },
    { ...LIMITS, ...limits },
  );

const take = (kind: 'ticks' | 'quotes' | 'chains', ...values: unknown[]) =>
  intake.take(kind, linesOf(JSON.stringify(values), 'json', 100), 'test');

describe('lines', () => {
  it('become messages of a feed, numbered by product', async () => {
    const other = { ...tick, product: 'BANKNIFTY' };
    await take('ticks', tick, other, { ...tick, timestamp: Date.parse(NOW) + 1 });
    await take('chains', chain);
    await vi.waitFor(() => expect([ticks.length, chains.length]).toEqual([3, 1]));
    expect(ticks.map(({ product, seq, epoch }) => [product, seq, epoch])).toEqual([
      ['NIFTY', 1, NOW],
      ['BANKNIFTY', 1, NOW],
      ['NIFTY', 2, NOW],
    ]);
    expect(ticks[0]).toMatchObject({
      ...{ timestamp: Date.parse(NOW), source: 'test', currency: 'INR', dataset: 'recorded', quality: [] },
    });
    const [made] = chains;
    expect(made).toMatchObject({
      ...{ seq: 1, spot: 24_200, lot_size: 65, dataset: 'recorded', quality: [] },
      expiry_at: Date.parse('2026-08-25T10:10:00Z'),
    });
    expect(column(made.columns, 'call_ask')).toEqual(Float64Array.of(101));
    expect(column(made.columns, 'put_open_interest')).toEqual(Float64Array.of(7));
    expect(column(made.columns, 'call_volume')).toEqual(Float64Array.of(Number.NaN));
  });

  it('are chains by calls and puts as the REST views have them, too', async () => {
    const { rows: _, ...head } = chain;
    const calls = [{ strike: 24_300, last_price: 50 }, null, { strike: 24_200, last_price: 90 }];
    const { rejections } = await take('chains', { ...head, calls, puts: [] });
    expect(rejections).toEqual([]);
    await vi.waitFor(() => expect(chains).toHaveLength(1));
    expect(column(chains[0].columns, 'strike')).toEqual(Float64Array.of(24_200, 24_300));
    expect(column(chains[0].columns, 'call_last')).toEqual(Float64Array.of(90, 50));
  });

  it.each([
    ['a price that is none', 'ticks', { ...tick, price: '1' }, /price must be number/],
    ['a time without a zone', 'ticks', { ...tick, timestamp: '2026-08-19T11:30:00' }, /time zone/],
    ['seconds', 'ticks', { ...tick, timestamp: 1_787_118_600 }, /before 1973/],
    ['the future', 'ticks', { ...tick, timestamp: '2026-08-19T06:02:00Z' }, /120 s ahead/],
    ['the past', 'ticks', { ...tick, timestamp: '2026-08-12T05:00:00Z' }, /169 h behind/],
    ['a number beyond all', 'ticks', { ...tick, epoch: 'a', seq: 1e300 }, /seq must be/],
    ['an epoch that cannot be stored', 'ticks', { ...tick, epoch: 'a\0', seq: 1 }, /epoch must match/],
    ['a source that cannot be stored', 'ticks', { ...tick, source: 'a\0' }, /source must match/],
    ['a currency that cannot be stored', 'ticks', { ...tick, currency: 'US\0' }, /currency must match/],
    ['an unknown field', 'ticks', { ...tick, prise: 1 }, /prise.*not a name/],
    [
      'an unknown product',
      'ticks',
      { ...tick, product: 'ACME' },
      /ACME is not known.*neither exchange nor currency/,
    ],
    ['an unknown exchange', 'ticks', { ...tick, exchange: 'XX' }, /exchange "XX" is not known/],
    ['the source of generated data', 'ticks', { ...tick, source: 'synthetic' }, /generated/],
    ['another dataset', 'ticks', { ...tick, dataset: 'synthetic' }, /dataset synthetic.*keeps recorded/],
    ['half a number', 'ticks', { ...tick, seq: 4 }, /one of epoch and seq/],
    ['no contracts', 'chains', { ...chain, rows: undefined }, /no contracts/],
    ['a strike twice', 'chains', { ...chain, rows: [row, row] }, /call 24200 is given twice/],
    ['a negative bid', 'chains', { ...chain, rows: [{ strike: 1, call: { bid: -1 } }] }, /rows\.0\.call/],
    ['no date', 'chains', { ...chain, expiry: '2026-02-31' }, /2026-02-31 is not a date/],
    [
      'no date with its instant',
      'chains',
      { ...chain, expiry: '2026-02-31', expiry_at: NOW },
      /2026-02-31 is not a date/,
    ],
    ['an expiry long ago', 'chains', { ...chain, expiry: '0001-01-01' }, /before 1973/],
    ['an instant long ago', 'chains', { ...chain, expiry_at: '0001-01-01T00:00:00Z' }, /before 1973/],
    ['a time that is none', 'ticks', { ...tick, timestamp: [[]] }, /timestamp given is not an instant/],
    ['no expiry instant', 'chains', { ...chain, product: 'ACME', currency: 'USD' }, /expire.*not known/],
    ['an empty quote', 'quotes', quote, /says nothing/],
    ['no object', 'ticks', 7, /not an object/],
  ] as const)('are rejected for %s, and no other is', async (_what, kind, value, reason) => {
    const good = { ticks: tick, chains: chain, quotes: { ...quote, bid: 1 } }[kind];
    const report = await take(kind, value, good);
    expect(report).toMatchObject({ accepted: 1, rejected: 1, rejections: [{ line: 1 }] });
    expect(report.rejections[0].reason).toMatch(reason);
    expect(report.rejections[0].remedy).not.toBe('');
  });

  it('of an unknown product are taken with its exchange, its lot unknown', async () => {
    const { rejections } = await take('chains', {
      ...chain,
      product: 'ACME',
      exchange: 'US',
      expiry: '2026-08-21',
    });
    expect(rejections).toEqual([]);
    await vi.waitFor(() => expect(chains).toHaveLength(1));
    expect(chains[0]).toMatchObject({ currency: 'USD', lot_size: null, quality: ['lot_unknown'] });
  });

  it('that are nested without end are rejected alone, in an array and as lines', async () => {
    // Objects with such a name are written recursively, and need the entire stack.
    const deep = `${'{"0":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const lines = [`{"product": "NIFTY", "price": 1, "timestamp": ${deep}}`, JSON.stringify(tick)];
    const report = { accepted: 1, rejected: 1, rejections: [{ line: 1 }] };
    expect(await intake.take('ticks', linesOf(`[${lines}]`, 'json', 9), 'test')).toMatchObject(report);
    lines[1] = JSON.stringify({ ...tick, price: 2 });
    expect(await intake.take('ticks', linesOf(lines.join('\n'), 'ndjson', 9), 'test')).toMatchObject(report);
  });

  it('are told of in a reason of bounded length', async () => {
    const { rejections } = await take('ticks', { ...tick, ['x'.repeat(10_000)]: 1 });
    expect(rejections[0].reason.length).toBeLessThan(1_000);
  });

  it('of more products than a run may have are rejected', async () => {
    intake = open(bus, { maxProducts: 1 });
    const report = await take('ticks', tick, { ...tick, product: 'BANKNIFTY' }, { ...tick, price: 2 });
    expect(report).toMatchObject({ accepted: 2, rejected: 1, rejections: [{ line: 2 }] });
  });

  it('are listed as rejected up to a bound', async () => {
    intake = open(bus, { rejectionsListed: 2 });
    const report = await take('ticks', 1, 2, 3);
    expect(report).toMatchObject({ rejected: 3, rejections: [{ line: 1 }, { line: 2 }] });
  });
});

describe('a line that is sent again', () => {
  it('is published once', async () => {
    const later = { ...tick, timestamp: Date.parse(NOW) + 5 };
    await take('ticks', tick, later);
    expect(await take('ticks', tick, later)).toMatchObject({ accepted: 0, duplicates: 2, rejected: 0 });
    const { rejections } = await take('ticks', { ...tick, price: 1 });
    expect(rejections[0].reason).toMatch(/earlier time/);
    await bus.drained();
    await vi.waitFor(() => expect(ticks).toHaveLength(2));
  });

  it('keeps the number that its sender gave it', async () => {
    await take('ticks', { ...tick, epoch: 'mine', seq: 41 });
    await vi.waitFor(() => expect(ticks).toMatchObject([{ epoch: 'mine', seq: 41 }]));
  });

  it('fails entirely where a publication failed while others were read', async () => {
    intake = open({ ...bus, pressure: bus.pressure, publish: () => Promise.reject(new Error('away')) });
    function* slowly() {
      yield* linesOf(JSON.stringify([tick]), 'json', 1);
      const until = performance.now() + 20;
      while (performance.now() < until);
      yield* linesOf(JSON.stringify([{ ...tick, price: 2 }]), 'json', 1);
    }
    // A rejection that nobody handles meanwhile would end the process, and fails this run.
    await expect(intake.take('ticks', slowly(), 'test')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('after a failed publication is taken, in a new epoch', async () => {
    let failing = true;
    const publish: Bus['publish'] = (topic, frame) =>
      failing ? Promise.reject(new Error('away')) : bus.publish(topic, frame);
    intake = open({ ...bus, pressure: bus.pressure, publish });
    await expect(take('ticks', tick)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    failing = false;
    expect(await take('ticks', tick)).toMatchObject({ accepted: 1, duplicates: 0 });
    await vi.waitFor(() => expect(ticks).toHaveLength(1));
    expect(ticks[0]).toMatchObject({ seq: 1, epoch: '2026-08-19T06:00:00.001Z' });
  });
});

it('takes nothing while consumers are behind', async () => {
  intake = open({ ...bus, pressure: () => 0.6, publish: bus.publish });
  await expect(take('ticks', tick)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
});

describe('quotes of single contracts', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it('become a chain at a cadence: what is left out is as it was, null is none', async () => {
    await take('ticks', tick);
    await take('quotes', { ...quote, bid: 100, ask: 101 }, { ...quote, side: 'put', bid: 90 });
    await take('quotes', { ...quote, ask: 102, bid: null, timestamp: Date.parse(NOW) + 10 });
    expect(chains).toEqual([]);
    await vi.advanceTimersByTimeAsync(LIMITS.quoteMs);
    // The bus delivers in a turn of its own.
    await vi.advanceTimersByTimeAsync(1);
    expect(chains).toHaveLength(1);
    const [made] = chains;
    expect(made).toMatchObject({ timestamp: Date.parse(NOW) + 10, spot: 24_200.5, seq: 1, source: 'test' });
    expect(column(made.columns, 'call_bid')).toEqual(Float64Array.of(Number.NaN));
    expect(column(made.columns, 'call_ask')).toEqual(Float64Array.of(102));
    expect(column(made.columns, 'put_bid')).toEqual(Float64Array.of(90));
    await vi.advanceTimersByTimeAsync(5 * LIMITS.quoteMs);
    expect(chains).toHaveLength(1);
  });

  it('that come late do not take the place of a later one', async () => {
    await take('quotes', { ...quote, bid: 2, timestamp: Date.parse(NOW) + 10 });
    const { rejections } = await take('quotes', { ...quote, bid: 1 });
    expect(rejections[0].reason).toMatch(/call 24200 has a later quote/);
  });

  it('of more expiries than are held are rejected', async () => {
    intake = open(bus, { maxExpiries: 1 });
    const report = await take('quotes', { ...quote, bid: 1 }, { ...quote, expiry: '2026-09-01', bid: 1 });
    expect(report).toMatchObject({ accepted: 1, rejected: 1, rejections: [{ line: 2 }] });
  });

  it('of more strikes than are held are rejected, and taken once there is room', async () => {
    intake = open(bus, { maxQuotedStrikes: 1 });
    const soon = { ...quote, expiry_at: Date.parse(NOW) + 500, bid: 1 };
    const further = { ...quote, expiry: '2026-09-01', bid: 1 };
    expect(await take('quotes', soon, further)).toMatchObject({ accepted: 1, rejections: [{ line: 2 }] });
    clock.set(Date.parse(NOW) + 1_000);
    await vi.advanceTimersByTimeAsync(LIMITS.quoteMs);
    expect(await take('quotes', further)).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  it('are published by a stop', async () => {
    await take('quotes', { ...quote, bid: 1 });
    await intake.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(chains).toHaveLength(1);
    await expect(take('ticks', tick)).rejects.toMatchObject({ code: 'stopped' });
  });
});

describe('a body', () => {
  it('is an array, an object, or an object a line', () => {
    const numbers = (body: string, format: 'json' | 'ndjson') =>
      [...linesOf(body, format, 3)].map(({ line, value, problem }) => [line, problem ? 'problem' : value]);
    expect(numbers('[1, 2]', 'json')).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(numbers('{"a": 1}', 'json')).toEqual([[1, { a: 1 }]]);
    expect(numbers('1\r\n\n {"a"\n3', 'ndjson')).toEqual([
      [1, 1],
      [3, 'problem'],
      [4, 3],
    ]);
  });

  it('has a bound of lines', () => {
    expect(() => linesOf('[1,2,3,4]', 'json', 3)).toThrow(/more than 3 lines/);
    expect(() => [...linesOf('1\n2\n3\n4', 'ndjson', 3)]).toThrow(/more than 3 lines/);
    expect(() => linesOf('{', 'json', 3)).toThrow(/not JSON/);
  });
});

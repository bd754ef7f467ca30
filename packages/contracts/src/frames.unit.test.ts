import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  alertFrames,
  BUILDUPS,
  CHAIN_FIGURES,
  column,
  createColumns,
  type EnrichedChain,
  enrichedChainFrames,
  FRAME_VERSION,
  IV_STATUSES,
  PRODUCT_FIGURES_BY_ID,
  productFiguresFrames,
  type RawChain,
  rawChainFrames,
  SIDES,
  TOPICS,
  tickFrames,
} from './index.ts';
import { LATER_FRAMES, RELEASED_FRAMES } from './released-frames.fixture.ts';

const packr = new Packr({ useRecords: false });

const chain = (values: number[] = [100, 200]): RawChain => {
  const columns = createColumns(values.length, 'raw');
  column(columns, 'strike').set(values);
  return {
    product: 'NIFTY',
    expiry: '2026-08-25',
    expiry_at: 1_787_000_000_000,
    timestamp: 1_786_000_000_000,
    epoch: 'run',
    seq: 1,
    source: 'test',
    currency: 'INR',
    spot: null,
    future: null,
    lot_size: 75,
    price_tick: 0.05,
    quality: ['frozen'],
    columns,
  };
};

const FIGURES = Object.entries(CHAIN_FIGURES).flatMap(([name, { nullWhen }]) =>
  nullWhen === null ? [] : [name],
);

/** A chain whose every cell is a number of 17 digits, but for those that are codes. */
const filledChain = (count: number): EnrichedChain => {
  const columns = createColumns(count, 'enriched');
  columns.values.set(columns.values.map((_, i) => Math.sqrt(i + 2)));
  for (const side of SIDES) {
    column(columns, `${side}_iv_status`).set(Array.from({ length: count }, (_, i) => i % IV_STATUSES.length));
    column(columns, `${side}_buildup`).set(Array.from({ length: count }, (_, i) => i % BUILDUPS.length));
  }
  const summary = {
    ...Object.fromEntries(FIGURES.map((name) => [name, null])),
    ...{ rate: 0, year_fraction: 1 / 3, max_pain_ties: [], strike_count: count },
    null_reasons: Object.fromEntries(FIGURES.map((name) => [name, 'no_price_to_imply_it'])),
  } as unknown as EnrichedChain['summary'];
  return { ...chain(), source: 's'.repeat(200), epoch: 'e'.repeat(64), summary, columns };
};

/** What the golden frame of a topic says. */
const OF_NIFTY = { product: 'NIFTY', seq: 1 };
const SAID: Readonly<Record<string, object>> = {
  'market:ticks': OF_NIFTY,
  'market:chains': OF_NIFTY,
  'enriched:ticks': OF_NIFTY,
  'enriched:chains': OF_NIFTY,
  'enriched:surfaces': { ...OF_NIFTY, slices: [{ svi: { rho: -0.3 } }, { svi: null }] },
  'enriched:figures': {
    product: 'NIFTY',
    expiries: ['2026-08-25'],
    values: { iv_7d: null, iv_30d: 0.125, iv_rank: 41.5, forecast_garch_22_r2: -0.5 },
    null_reasons: { iv_7d: 'no_expiries_around' },
  },
  alerts: { ...OF_NIFTY, kind: 'iv_spike', threshold: 0.2 },
  'alerts:firings': { owner: 'u1', seq: 7, firing: { id: 'f1', figures: { pcr_oi: 1.3, iv_rank: null } } },
  'auth:revocations': [{ sid: 's1' }],
  'auth:accounts': { asked: null, accounts: [{ id: 'u1', state: 'disabled' }] },
  'auth:account-questions': { id: 'q1', accounts: ['u1', 'u2'] },
  'control:worker-states': { service: 'enricher', concurrency: 8 },
  'control:worker-commands': { kind: 'set_concurrency', concurrency: 32 },
  logs: { process: 'p1', first: 41, count: 2, lines: '{"level":"info"}\n{"level":"warn"}\n' },
  'control:taken-log-lines': { by: 's1', ranges: [{ process: 'p1', first: 41, count: 2 }] },
  'audit:commands': { command: 'POST /api/admin/log-levels', by: 'u1', result: 'ok' },
  'control:log-levels': { service: 'feed', level: 'debug' },
  'control:replay-states': { state: 'paused', id: 'r1', products: ['NIFTY'], speed: 60 },
  'control:replay-commands': { action: 'step', instants: 2 },
  'control:heartbeats': { process: 'p1', services: [{ feed: { run: 'running', due_in_ms: 250 } }] },
};

describe('bus frames', () => {
  it('of earlier releases are read, on every topic', () => {
    const kinds = new Set<string>();
    for (const frames of [RELEASED_FRAMES, LATER_FRAMES]) {
      for (const [name, frame] of Object.entries(frames)) {
        const topic = TOPICS.find((each) => each.name === name);
        const message: unknown = topic?.frames.decode(Buffer.from(frame, 'base64'));
        expect(message, name).toMatchObject(SAID[name]);
        kinds.add(name);
      }
    }
    // Of the past, and of a replay, are the frames of the present.
    const topics = TOPICS.map(({ name }) => name.replace(':past-', ':').replace(/^replay:/, 'enriched:'));
    expect([...kinds].sort()).toEqual([...new Set(topics)].sort());
    const released = Buffer.from(RELEASED_FRAMES['market:chains'], 'base64');
    const read = rawChainFrames.decode(released);
    expect(column(read.columns, 'call_last')).toEqual(Float64Array.from([1.5, 2.5]));
    expect(rawChainFrames.decode(rawChainFrames.encode(read))).toEqual(read);
  });

  it('of a newer release are read without what only that one knows', () => {
    const flags = ['frozen', 'splendid'] as unknown as RawChain['quality'];
    const { columns, expiry, ...header } = { ...chain(), quality: flags };
    expect(rawChainFrames.decode(rawChainFrames.encode({ ...chain(), quality: flags })).quality).toEqual([
      'frozen',
    ]);
    const tick = { ...header, price: 1, previous_close: null, invented: { deep: 1 } };
    expect(tickFrames.decode(tickFrames.encode(tick))).toMatchObject({ price: 1, quality: ['frozen'] });
    const newer = Buffer.from(RELEASED_FRAMES.alerts, 'base64');
    newer[newer.indexOf('v') + 1] = 2;
    expect(() => alertFrames.decode(newer)).toThrow(
      /version is 2, expected 1: a newer release wrote it; upgrade/,
    );
  });

  it('of product figures are read with fewer figures than this release has, and with more', () => {
    const read = productFiguresFrames.decode(Buffer.from(LATER_FRAMES['enriched:figures'], 'base64'));
    expect(productFiguresFrames.decode(productFiguresFrames.encode(read))).toEqual(read);
    const written = (values: (number | null)[]) =>
      productFiguresFrames.decode(packr.pack({ v: FRAME_VERSION, figures: { ...read, values } }));
    const fewer = written([0.1, 0.2]);
    expect(fewer.values).toMatchObject({ iv_nearest: 0.1, iv_7d: 0.2, iv_14d: null, zero_dte_share: null });
    expect(fewer.null_reasons).toMatchObject({
      iv_14d: 'not_recorded',
      forecast_garch_22_r2: 'not_recorded',
    });
    expect(fewer.null_reasons.iv_nearest).toBeUndefined();
    const known = Object.keys(read.values).length;
    expect(written(Array.from({ length: known + 3 }, (_, id) => id)).values).toEqual(
      Object.fromEntries(PRODUCT_FIGURES_BY_ID.map((name, id) => [name, id])),
    );
  });

  it('carry a chain bit for bit (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 21, maxLength: 210 }), (cells) => {
        const count = Math.floor(cells.length / 21);
        const original = {
          ...chain(),
          columns: { count, values: Float64Array.from(cells.slice(0, count * 21)) },
        };
        const decoded = rawChainFrames.decode(rawChainFrames.encode(original));
        expect(new Uint8Array(decoded.columns.values.buffer)).toEqual(
          new Uint8Array(original.columns.values.buffer),
        );
      }),
    );
  });

  it('carry all of an enriched chain in at most 30,000 bytes for 200 rows, whatever they hold', () => {
    const original = filledChain(100);
    const frame = enrichedChainFrames.encode(original);
    expect(enrichedChainFrames.decode(frame)).toEqual(original);
    expect(frame.length).toBeLessThanOrEqual(30_000);
  });

  it('refuse a chain of the other kind, another version, and a summary that is none', () => {
    const enriched = enrichedChainFrames.encode(filledChain(2));
    expect(() => rawChainFrames.decode(enriched)).toThrow(/the header has other fields/);
    expect(() => enrichedChainFrames.decode(rawChainFrames.encode(chain()))).toThrow(
      /the header has other fields/,
    );
    expect(() => enrichedChainFrames.decode(enriched.with(0, 99))).toThrow(
      /version is 99, expected 1 to 2: a newer release wrote it; upgrade/,
    );
    const bad = { ...filledChain(2), summary: { ...filledChain(2).summary, rate: 'high' } };
    expect(() =>
      enrichedChainFrames.decode(enrichedChainFrames.encode(bad as unknown as EnrichedChain)),
    ).toThrow(/summary\.rate/);
  });

  it('decode to memory of their own', () => {
    const frame = rawChainFrames.encode(chain());
    const first = rawChainFrames.decode(frame);
    first.columns.values.fill(0);
    expect(column(rawChainFrames.decode(frame).columns, 'strike')[0]).toBe(100);
  });

  it.each([
    ['a bad symbol', { product: 'nifty;drop' }, /header\.product/],
    ['a negative spot', { spot: -1 }, /header\.spot/],
    ['a fractional seq', { seq: 0.5 }, /header\.seq/],
    ['a flag that is none', { quality: [7] }, /header\.quality/],
    ['a date that is none', { expiry: '25-Aug-2026' }, /header\.expiry/],
  ])('refuse %s, naming the field', (_what, change, message) => {
    const frame = rawChainFrames.encode({ ...chain(), ...change } as RawChain);
    expect(() => rawChainFrames.decode(frame)).toThrow(message);
  });

  it('refuse columns that do not fit the count', () => {
    const short = { ...chain(), columns: { count: 3, values: new Float64Array(42) } };
    expect(() => rawChainFrames.encode(short)).toThrow(/columns hold 42 cells, expected 3 strikes x 21/);
  });

  it('refuse any other bytes with an error, never a crash (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { frames } of TOPICS) {
          expect(() => frames.decode(bytes)).toThrow(expect.objectContaining({ code: 'malformed_message' }));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuse a damaged frame or decode it to a valid one (property)', () => {
    const frame = rawChainFrames.encode(chain());
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, value) => {
        const damaged = frame.slice();
        damaged[at] = value;
        try {
          expect(rawChainFrames.decode(damaged).columns.values).toHaveLength(42);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed_message' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuse a price that is not positive', () => {
    const { columns: _columns, expiry: _expiry, ...rest } = chain();
    const tick = { ...rest, price: 0, previous_close: null };
    expect(() => tickFrames.decode(tickFrames.encode(tick))).toThrow(/tick\.price/);
  });
});

import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { headLine, recordParts } from '@deltastream/recordings/session';
import { type Listing, productInfo, sessionIsOpen } from '@deltastream/reference';
import { marketOf } from '@deltastream/venues/simulators';
import { VENUE_SIMULATORS } from '@deltastream/venues/simulators/venues';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { FeedSourceConfig } from '../feed-config.ts';
import { RECORD } from '../record/record-settings.ts';
import type { RecordConfig } from '../record/recorder.ts';
import { createFeed } from '../service.ts';
import { createSyntheticSource } from '../synthetic/synthetic-source.ts';
import { reparseInto } from './reparse-raw.ts';
import { LIVE, type VenueName } from './venue-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'deltastream-raw-'));
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});

const HOUR_MS = 3_600_000;

/** A venue on this machine while its market is open, and what a feed is told to follow it. */
async function simulatedVenue(name: VenueName) {
  const made = await VENUE_SIMULATORS[name]();
  const [product] = made.products;
  let startMs = Date.now();
  const listing = productInfo(product) as Listing;
  while (![startMs, startMs + HOUR_MS].every((at) => sessionIsOpen(listing, at))) startMs += HOUR_MS;
  const begun = performance.now();
  const clock: Clock = {
    now: () => Math.round(startMs + performance.now() - begun),
    monotonicMs: () => performance.now(),
  };
  const generated = createSyntheticSource(
    { products: [product], startMs, strikes: 10, chainIntervalMs: 100, syntheticHistory: 0 },
    null,
  );
  const market = await marketOf(generated, { idOf: made.ids() });
  const simulator = await made.start(market, 0);
  opened.push(market, simulator);
  void market.play(1);
  const named = Object.entries({ url: simulator.url, ...made.credentials }).map(([key, value]) => [
    `${name}${key[0].toUpperCase()}${key.slice(1)}`,
    value,
  ]);
  const source: FeedSourceConfig = {
    ...{ kind: 'live', ...LIVE.defaults, products: new Map([[name, [product]]]) },
    // Option chains come meanwhile, too: ticks of OpenAlgo are completed with what they say.
    ...{ cadenceMs: 50, firstRetryMs: 20, lastRetryMs: 200, openalgoIntervalMs: 100 },
    ...Object.fromEntries(named),
  };
  return { source, clock, simulator, secrets: Object.values(made.credentials ?? {}) };
}

async function feedOf(source: FeedSourceConfig, clock: Clock, record?: RecordConfig) {
  const bus = createMemoryBus();
  const frames: Uint8Array[] = [];
  for (const { name } of [MARKET_CHAINS, MARKET_TICKS]) {
    await bus.consume(name, 'test', async ({ frame }) => {
      frames.push(frame);
    });
  }
  const speed = source.kind === 'replay' ? 'max' : 1;
  const feed = createFeed(
    { bus, clock, logger: silentLogger },
    { dataset: 'recorded', source, record, speed },
  );
  opened.push({ close: () => bus.close() }, { close: () => feed.stop() });
  await feed.start();
  return { feed, bus, frames };
}

const sorted = (frames: readonly Uint8Array[]) =>
  frames.map((frame) => Buffer.from(frame).toString('hex')).sort();

async function replayed(file: string): Promise<string[]> {
  const { feed, bus, frames } = await feedOf({ kind: 'replay', path: file }, systemClock);
  await feed.finished;
  await bus.drained();
  return sorted(frames);
}

/** Follows a venue, through a connection that is cut once, and gives what the bus carried and where it is kept. */
async function recordedSession(name: VenueName) {
  const { source, clock, simulator, secrets } = await simulatedVenue(name);
  const record = {
    ...{ ...RECORD.defaults, record: join(folder, 'session.zst'), keepRaw: true, release: '0.0.0' },
    flushMs: 20,
  };
  const live = await feedOf(source, clock, record);
  await expect.poll(() => live.frames.length).toBeGreaterThan(30);
  simulator.fault({ kind: 'disconnects', everyMs: 300 });
  await expect.poll(() => live.feed.vitals?.().feed?.venues?.[0].state).not.toBe('live');
  simulator.fault(null);
  await expect.poll(() => live.feed.vitals?.().feed?.venues?.[0].state).toBe('live');
  const before = live.frames.length;
  await expect.poll(() => live.frames.length).toBeGreaterThan(before + 30);
  await live.feed.stop();
  await live.bus.drained();
  return { carried: sorted(live.frames), raw: join(folder, 'session.raw.zst'), secrets };
}

describe.each(['deribit', 'kite', 'upstox', 'dhan', 'openalgo'] as const)('a session of %s', (name) => {
  it('replays with the bytes that the bus carried, and its raw messages give the same when they are parsed again', async () => {
    const { carried, raw, secrets } = await recordedSession(name);
    expect(await replayed(join(folder, 'session.zst'))).toEqual(carried);
    const out = join(folder, 'again.zst');
    const { chains, ticks, rejected } = await reparseInto([raw], out, '0.0.0');
    expect(rejected).toEqual(new Map());
    const again = await replayed(out);
    expect(again.length).toBe(chains + ticks);
    // What was made when the feed was told to stop, and not published any more.
    expect(again.length - carried.length).toBeLessThanOrEqual(1);
    const isCarried = new Set(carried);
    expect(again.filter((frame) => isCarried.has(frame))).toEqual(carried);
    expect(statSync(raw).mode & 0o777).toBe(0o600);
    const content = zstdDecompressSync(readFileSync(raw)).toString('latin1');
    expect(content).toContain(name);
    for (const secret of secrets) expect(content).not.toContain(secret);
  });
});

it('raw messages that are cut off are read up to there, which is said', async () => {
  const { raw } = await recordedSession('deribit');
  truncateSync(raw, statSync(raw).size - 20);
  const { chains, rejected } = await reparseInto([raw], join(folder, 'again.zst'), '0.0.0');
  expect(chains).toBeGreaterThan(0);
  expect([...rejected.keys()].join()).toContain('truncated or damaged after byte');
});

it('a record that is not what its kind says costs itself only', async () => {
  const raw = join(folder, 'hostile.zst');
  const market = { venue: 'deribit', products: ['BTC'], expiries: 2, strikes: 5, stallMs: 1, frozenMs: 1 };
  const run = { epoch: 'e', source: 'deribit', at: 1, monotonicMs: 1 };
  const record = (kind: number, says: string) => recordParts(kind, 1, new Uint8Array(14), Buffer.from(says));
  // A list, a quote, ids and a state.
  const records = [record(5, 'null'), record(6, 'null'), record(2, '{'), record(7, '3')].flat();
  const written = (markets: unknown) =>
    writeFileSync(raw, Buffer.concat([headLine('deltastream raw 1', { ...run, markets }), ...records]));
  written([market]);
  const { rejected } = await reparseInto([raw], join(folder, 'again.zst'), '0.0.0');
  expect([...rejected.values()].reduce((sum, count) => sum + count)).toBe(4);
  written([{ ...market, products: null }]);
  const refused = await reparseInto([raw], join(folder, 'none.zst'), '0.0.0');
  expect([...refused.rejected.keys()].join()).toContain('the head of the raw messages does not say');
});

it('a file of something else is refused, and nothing that is there is overwritten', async () => {
  const other = join(folder, 'other.csv');
  writeFileSync(other, 'timestamp,expiry\n');
  await expect(reparseInto([other], join(folder, 'out.zst'), '0.0.0')).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringContaining('does not hold raw messages'),
  });
  await expect(reparseInto([other], other, '0.0.0')).rejects.toThrow('is there already: name another file');
});

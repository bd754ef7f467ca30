import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { column, MARKET_CHAINS, MARKET_TICKS, type RawChain } from '@deltastream/contracts';
import { type Listing, productInfo, sessionIsOpen } from '@deltastream/reference';
import { CBOE_TERMS } from '@deltastream/venues/cboe';
import { createDeribitSimulator, deribitId } from '@deltastream/venues/deribit';
import { type Fault, marketOf, type PlayedMarket, type Simulator } from '@deltastream/venues/simulators';
import { VENUE_SIMULATORS } from '@deltastream/venues/simulators/venues';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { type Clock, systemClock } from '../../../ports/clock.ts';
import type { LiveConfig } from '../feed-config.ts';
import { createFeed, type Feed } from '../service.ts';
import { FEED } from '../settings.ts';
import { createSyntheticSource } from '../synthetic/synthetic-source.ts';
import { LIVE, VENUE_NAMES, type VenueName } from './venue-settings.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** Deribit's servers on this machine, which play a generated market of the present. */
async function simulated(): Promise<[Simulator, PlayedMarket]> {
  const generated = createSyntheticSource(
    { products: ['BTC'], startMs: Date.now(), strikes: 10, chainIntervalMs: 200, syntheticHistory: 0 },
    null,
  );
  const market = await marketOf(generated, { idOf: deribitId });
  const simulator = await createDeribitSimulator(market);
  opened.push(market, simulator);
  void market.play(1);
  return [simulator, market];
}

/** What the settings of the platform say of a venue that is simulated. */
type VenueConfig = Partial<Omit<LiveConfig, 'products'>>;

async function liveFeed(
  name: VenueName,
  product: string,
  config: VenueConfig,
  clock: Clock = systemClock,
  others: readonly (readonly [VenueName, readonly string[]])[] = [],
) {
  const bus = createMemoryBus();
  const logged: string[] = [];
  const logger = createLogger('debug', { write: (line) => void logged.push(line) });
  const chains: RawChain[] = [];
  const ticks: string[] = [];
  await bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) => {
    chains.push(MARKET_CHAINS.frames.decode(frame));
  });
  await bus.consume(MARKET_TICKS.name, 'test', async ({ frame }) => {
    ticks.push(MARKET_TICKS.frames.decode(frame).source);
  });
  const feed: Feed = createFeed(
    { bus, clock, logger },
    {
      dataset: 'recorded',
      source: {
        ...{ kind: 'live', ...LIVE.defaults, products: new Map([[name, [product]], ...others]) },
        ...{ cadenceMs: 50, firstRetryMs: 20, lastRetryMs: 200, stallMs: 2_000, graceMs: 1 },
        ...config,
      },
    },
  );
  opened.push({ close: () => bus.close() }, { close: () => feed.stop() });
  await feed.start();
  const venue = () => feed.vitals?.().feed?.venues?.[0];
  return { feed, chains, ticks, venue, logged };
}

describe('a feed of a live venue', () => {
  it('publishes its chains and ticks, says how it is, and comes back after a cut', async () => {
    const [simulator] = await simulated();
    const { feed, chains, ticks, venue, logged } = await liveFeed('deribit', 'BTC', {
      deribitUrl: simulator.url,
    });
    await expect.poll(() => chains.length).toBeGreaterThan(5);
    await expect.poll(() => ticks).toContain('deribit');
    expect(chains[0]).toMatchObject({ product: 'BTC', source: 'deribit', dataset: 'recorded', seq: 1 });
    expect(chains[0].generation).toBeUndefined();
    await expect.poll(venue).toMatchObject({ venue: 'deribit', state: 'live', reason: null });
    expect(await feed.ready()).toEqual([{ name: 'source', ok: true, reason: null }]);
    const metrics = await feed.metrics.metrics();
    expect(metrics).toContain('deltastream_feed_venue_state{venue="deribit",state="live"} 1');

    simulator.fault({ kind: 'mute' });
    await expect.poll(() => venue()?.state).toBe('mute');
    expect(venue()?.reason).toContain('no quote came');
    await expect
      .poll(() => venue()?.watchdogs)
      .toContainEqual(expect.objectContaining({ kind: 'stall', product: 'BTC' }));
    expect(await feed.metrics.metrics()).toContain(
      'deltastream_feed_venue_watchdogs{venue="deribit",kind="stall"} 1',
    );
    expect((await feed.ready())[0]).toMatchObject({ ok: false });
    const saidOf = (event: string) =>
      logged.filter((line) => line.includes(event) && line.includes('"stall"')).length;
    await expect.poll(() => saidOf('venue_watchdog_raised')).toBe(1);
    simulator.fault(null);
    await expect.poll(() => venue()?.state).toBe('live');
    const before = chains.length;
    await expect.poll(() => chains.length).toBeGreaterThan(before);
    // A thin contract of a generated market may lose all its open interest meanwhile, which is told, too.
    await expect
      .poll(() => venue()?.watchdogs)
      .not.toContainEqual(expect.objectContaining({ kind: 'stall' }));
    await expect.poll(() => saidOf('venue_watchdog_cleared')).toBe(1);

    const seqs = chains.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    await feed.stop();
    await expect.poll(() => simulator.connections()).toBe(0);
  });

  it('is ready while one of two venues gives data, and says which one does not and why', async () => {
    const [simulator] = await simulated();
    const [away] = await simulated();
    await away.close();
    const { feed, chains } = await liveFeed(
      'deribit',
      'BTC',
      {
        ...{ deribitUrl: simulator.url, kiteUrl: away.url, kiteApiKey: 'key' },
        ...{ kiteAccessToken: 'token', graceMs: 1_000 },
      },
      systemClock,
      [['kite', ['NIFTY']]],
    );
    await expect.poll(() => chains.length).toBeGreaterThan(2);
    await expect
      .poll(async () => (await feed.ready())[0])
      .toMatchObject({ ok: true, reason: expect.stringMatching(/^kite is waiting: .*ECONNREFUSED/) });
    const states = feed.vitals?.().feed?.venues?.map(({ venue, state }) => [venue, state]);
    expect(states).toEqual([
      ['deribit', 'live'],
      ['kite', 'waiting'],
    ]);
    await simulator.close();
    await expect.poll(async () => (await feed.ready())[0].ok).toBe(false);
  });

  it('waits for a venue that is away, and says why without its address', async () => {
    const [simulator] = await simulated();
    await simulator.close();
    const { feed, venue } = await liveFeed('deribit', 'BTC', { deribitUrl: simulator.url });
    await expect.poll(() => venue()?.state).toBe('waiting');
    expect(venue()?.reason).toContain('ECONNREFUSED the venue');
    const [{ ok, reason }] = await feed.ready();
    expect(ok).toBe(false);
    expect(reason).toContain('deribit is waiting');
    const begun = performance.now();
    await feed.stop();
    // At once, not after the time that a stop may take.
    expect(performance.now() - begun).toBeLessThan(FEED.defaults.stopTimeoutMs / 2);
  });
});

const HOUR_MS = 3_600_000;

/** The next full hour that has been and will be in the product's session for an hour: quotes of Cboe are of before. */
function openInstant(product: string): number {
  const listing = productInfo(product) as Listing;
  let at = Date.now();
  while (![at - HOUR_MS, at, at + HOUR_MS].every((each) => sessionIsOpen(listing, each))) at += HOUR_MS;
  return at;
}

/** A simulator that can be away, and what it is connected by. */
async function simulatedVenue(name: VenueName) {
  const made = await VENUE_SIMULATORS[name]();
  const [product] = made.products;
  const startMs = openInstant(product);
  const begun = performance.now();
  const clock: Clock = {
    now: () => Math.round(startMs + performance.now() - begun),
    monotonicMs: () => performance.now(),
  };
  const generated = createSyntheticSource(
    { products: [product], startMs, strikes: 10, chainIntervalMs: 200, syntheticHistory: 0 },
    null,
  );
  const market = await marketOf(generated, { idOf: made.ids() });
  let simulator = await made.start(market, 0);
  const { url } = simulator;
  opened.push(market, { close: () => simulator.close() });
  void market.play(1);
  const named = Object.entries({ url, ...made.credentials }).map(([key, value]) => [
    `${name}${key[0].toUpperCase()}${key.slice(1)}`,
    value,
  ]);
  const config: VenueConfig = {
    ...Object.fromEntries(named),
    ...{ cboeTermsAccepted: true, cboeIntervalMs: 100 },
  };
  return {
    ...{ product, clock, config, secrets: Object.values(made.credentials ?? {}) },
    fault: (fault: Fault | null) => simulator.fault(fault),
    leave: () => simulator.close(),
    async comeBack() {
      simulator = await made.start(market, Number(new URL(url).port));
    },
  };
}

describe.each(VENUE_NAMES)('a feed of %s', (name) => {
  it('publishes chains that nothing is wrong with, and goes on after its servers were away', async () => {
    const { product, clock, config, leave, comeBack } = await simulatedVenue(name);
    const { feed, chains, ticks, venue } = await liveFeed(name, product, config, clock);
    await expect.poll(() => chains.length).toBeGreaterThan(5);
    await expect.poll(() => ticks).toContain(name);
    await expect.poll(venue).toMatchObject({ venue: name, state: 'live', reason: null, watchdogs: [] });
    expect(await feed.ready()).toEqual([{ name: 'source', ok: true, reason: null }]);
    const isWhole = ({ spot, quality, columns }: RawChain) =>
      spot !== null &&
      quality.length === 0 &&
      (['call_bid', 'put_bid', 'call_open_interest'] as const).every((each) =>
        [...column(columns, each)].some((value) => value > 0),
      );
    await expect.poll(() => chains.some(isWhole)).toBe(true);
    expect(chains[0]).toMatchObject({ product, source: name, dataset: 'recorded' });
    expect(chains.flatMap(({ quality }) => quality)).not.toContain('stale');
    expect(chains.flatMap(({ quality }) => quality)).not.toContain('frozen');

    await leave();
    await expect.poll(() => venue()?.state).toBe('waiting');
    expect((await feed.ready())[0].reason).toContain(`${name} is waiting`);
    const before = chains.length;
    await comeBack();
    await expect.poll(() => venue()?.state).toBe('live');
    await expect.poll(() => chains.slice(before).some(isWhole)).toBe(true);
    const seqs = chains.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  });
});

/** Passes everything on to a simulator; while it refuses lists, requests for those get 503. */
async function listProxy(url: string) {
  let refuses = false;
  const { port } = new URL(url);
  const proxy = createServer((socket) => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const each of [socket, upstream])
      each.on('error', () => [socket, upstream].map((it) => it.destroy()));
    socket.on('data', (sent) => {
      if (!refuses || !/^(GET|POST) \S*(instruments|scrip-master)/.test(sent.toString('latin1'))) {
        upstream.write(sent);
        return;
      }
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      upstream.destroy();
    });
    socket.on('close', () => upstream.destroy());
    upstream.pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => proxy.close() });
  const refuseLists = () => {
    refuses = true;
  };
  const own = (proxy.address() as AddressInfo).port;
  return { port: own, url: `http://127.0.0.1:${own}`, refuseLists };
}

/** Of Cboe the pages of quotes are the list. */
const WITH_LISTS = ['deribit', 'kite', 'upstox', 'dhan', 'openalgo'] as const satisfies readonly VenueName[];

describe.each(WITH_LISTS)('the list of %s', (name) => {
  it('that was kept is started with where the venue gives none, which is said', async () => {
    const instrumentFolder = mkdtempSync(join(tmpdir(), 'deltastream-instruments-'));
    opened.push({ close: () => rmSync(instrumentFolder, { recursive: true }) });
    const { product, clock, config: own } = await simulatedVenue(name);
    const key = `${name}Url` as const;
    const proxy = await listProxy(String(own[key]));
    const config = { ...own, [key]: proxy.url, instrumentFolder };
    const before = await liveFeed(name, product, config, clock);
    await expect.poll(() => before.chains.length).toBeGreaterThan(0);
    const file = `${name}@127.0.0.1-${proxy.port}.json`;
    await expect.poll(() => readdirSync(instrumentFolder)).toEqual([file]);
    await before.feed.stop();

    proxy.refuseLists();
    const { feed, chains, venue } = await liveFeed(name, product, config, clock);
    const hasInterest = ({ columns }: RawChain) =>
      [...column(columns, 'call_open_interest')].some((each) => each > 0);
    await expect.poll(() => chains.some(hasInterest)).toBe(true);
    await expect.poll(() => venue()?.state).toBe('live');
    expect(venue()?.reason).toMatch(/^the list of 20\d\d-.* is used: .*503/);
    await feed.stop();

    // Ids of another server may mean other contracts: its list is not taken for this one's.
    const elsewhere = await listProxy(String(own[key]));
    elsewhere.refuseLists();
    const other = await liveFeed(name, product, { ...config, [key]: elsewhere.url }, clock);
    await expect.poll(() => other.venue()?.state).toBe('waiting');
    expect(other.chains).toEqual([]);
  });
});

const WITH_CREDENTIALS = ['kite', 'upstox', 'dhan', 'openalgo'] as const satisfies readonly VenueName[];

describe.each(WITH_CREDENTIALS)('credentials of %s', (name) => {
  it('that are refused are said, are tried again, and are in no log', async () => {
    const { product, clock, config, secrets, fault } = await simulatedVenue(name);
    fault({ kind: 'token_expired' });
    const { feed, chains, venue, logged } = await liveFeed(name, product, config, clock);
    await expect.poll(() => venue()?.state).toBe('refused');
    const [{ ok, reason }] = await feed.ready();
    expect([ok, reason]).toEqual([false, expect.stringContaining(`${name} is refused: `)]);
    fault(null);
    await expect.poll(() => venue()?.state).toBe('live');
    await expect.poll(() => chains.length).toBeGreaterThan(0);
    const said = `${logged.join('')}${reason}${JSON.stringify(feed.vitals?.())}${await feed.metrics.metrics()}`;
    expect(said).toContain(name);
    for (const secret of secrets) expect(said).not.toContain(secret);
  });

  it('are needed, and how they are given is said', async () => {
    await expect(liveFeed(name, 'NIFTY', {})).rejects.toThrow(`--source ${name} needs `);
  });
});

it('a feed of Cboe is off until its terms are accepted, and says them', async () => {
  const start = liveFeed('cboe', 'SPY', {});
  await expect(start).rejects.toThrow(CBOE_TERMS);
  await expect(start).rejects.toThrow('--cboe-terms-accepted');
  await expect(start).rejects.toMatchObject({ code: 'invalid_setting' });
});

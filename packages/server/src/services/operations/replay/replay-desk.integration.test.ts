import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ENRICHED_TICKS,
  type EnrichedChain,
  isoTime,
  type PriceUpdate,
  REPLAY_CHAINS,
  type ReplayOrder,
  type ReplayState,
} from '@deltastream/contracts';
import { io as connect } from 'socket.io-client';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { openRecording } from '../../../kit/recordings/recordings.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { systemClock } from '../../../ports/clock.ts';
import { NOON, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import { enrichTick } from '../../enricher/enrich-tick.ts';
import { ask, createGatewayHarness, received } from '../../socket-gateway/testing/gateway.fixture.ts';
import { createExportedMarket, EXPIRIES } from '../exports/exported-market.fixture.ts';
import { minutesCsv, temporaryFolder } from '../imports/imports.fixture.ts';
import { createReplayDesk, type ReplayDesk } from './replay-desk.ts';
import { replayRoutes } from './replay-routes.ts';

const STEPS = 5;
const STRIKES = 12;
const minute = (count: number) => NOON + 60_000 * count;
const RANGE = { from: isoTime(NOON), to: isoTime(minute(STEPS)), products: ['NIFTY'] };

const folder = temporaryFolder('replays-');
const bus = createMemoryBus();
const gateways = createGatewayHarness(() => bus);
let store: MarketStore;
let desk: ReplayDesk;
let stand: Awaited<ReturnType<typeof gateways.startGateway>>;

beforeEach(async () => {
  if (store) return;
  const imports = join(folder.path, 'imports');
  mkdirSync(imports);
  writeFileSync(join(imports, 'nifty.csv'), minutesCsv(3));
  store = await createExportedMarket(join(folder.path, 'market'), STEPS, STRIKES);
  const figures = { enrichChain: createChainEnricher({}), enrichTick };
  desk = createReplayDesk({
    ...{ bus, store, clock: systemClock, logger: silentLogger, maxGapMs: 3_600_000 },
    findRecording: async (file) => join(imports, file),
    openRecording: (path, signal) => openRecording(path, { signal }),
    figures: async () => figures,
  });
  await desk.start();
  stand = await gateways.startGateway({ products: ['NIFTY'] });
});
afterEach(() => {
  if (desk.state().id !== null && !['stopped', 'failed'].includes(desk.state().state)) {
    desk.control({ action: 'stop' });
  }
});
// One stand for all: what one replay leaves behind must not matter to the next.
afterAll(async () => {
  await desk.stop();
  await gateways.closeAll();
  await store.close();
  folder.remove();
});

const ended = (state = 'ended') => expect.poll(() => desk.state().state).toBe(state);
const begin = (order: ReplayOrder) => desk.begin({ ...RANGE, ...order });

async function watching() {
  const client = await gateways.join(stand.url);
  await ask(client, { type: 'product', symbol: 'NIFTY' });
  const prices = received(client, 'price_update');
  return { client, prices, states: received(client, 'replay_state') };
}
/** What a replay does not say anew. */
const asStored = ({ epoch: _epoch, seq: _seq, generation: _generation, ...rest }: EnrichedChain) => rest;
const timesOf = (updates: readonly Pick<PriceUpdate, 'timestamp'>[]) => [
  ...new Set(updates.map(({ timestamp }) => timestamp)),
];

it('shows every chain of a stored range as it is stored, and again in a second replay', async () => {
  const frames: EnrichedChain[] = [];
  const following = await bus.follow(REPLAY_CHAINS.name, 'latest', ({ frame }) => {
    frames.push(REPLAY_CHAINS.frames.decode(frame));
  });
  const epochs = new Set<string>();
  for (const _ of [1, 2]) {
    frames.length = 0;
    const { client, prices, states } = await watching();
    await begin({ paused: true });
    for (let step = 1; step <= STEPS; step++) {
      await expect.poll(() => timesOf(prices).length).toBe(step);
      desk.control({ action: 'step' });
    }
    await ended();
    expect(desk.state()).toMatchObject({ chains: 2 * STEPS, ticks: STEPS, at: isoTime(minute(STEPS - 1)) });
    await expect.poll(() => states.at(-1)?.state).toBe('ended');
    for (const expiry of EXPIRIES) {
      const stored: EnrichedChain[] = [];
      const range = { fromMs: NOON, toMs: minute(STEPS), limit: STEPS };
      for await (const chain of store.snapshots('NIFTY', expiry, range)) stored.push(chain);
      const shown = frames.filter((each) => each.expiry === expiry);
      expect(shown.map(asStored)).toEqual(stored.map(asStored));
    }
    for (const { epoch } of frames) epochs.add(epoch);
    desk.control({ action: 'stop' });
    client.close();
  }
  expect(epochs.size).toBe(2);
  await following.stop();
});

it('keeps the live market out of its rooms, and gives them back at the stop', async () => {
  const { prices } = await watching();
  await begin({ paused: true });
  await expect.poll(() => prices.at(-1)?.timestamp).toBe(isoTime(NOON));
  const live = (seq: number) =>
    ENRICHED_TICKS.frames.encode({
      ...enrichTick({
        ...{ product: 'NIFTY', timestamp: minute(1_000 + seq), epoch: 'live', seq, source: 'live' },
        ...{ currency: 'INR', price: 25_000 + seq, previous_close: null, quality: [] },
      }),
    });
  await bus.publish(ENRICHED_TICKS.name, live(7));
  desk.control({ action: 'step' });
  await expect.poll(() => prices.at(-1)?.timestamp).toBe(isoTime(minute(1)));
  expect(timesOf(prices)).toEqual([isoTime(NOON), isoTime(minute(1))]);
  desk.control({ action: 'stop' });
  await expect
    .poll(async () => {
      await bus.publish(ENRICHED_TICKS.name, live(8));
      return prices.at(-1)?.price;
    })
    .toBe(25_008);
});

it('seeks back to what held at an instant, and shifts times to now', async () => {
  const { prices, states } = await watching();
  await begin({ speed: 'max' });
  await ended();
  desk.control({ action: 'seek', at: isoTime(minute(2) + 30_000) });
  await ended('paused');
  await expect.poll(() => prices.at(-1)?.timestamp).toBe(isoTime(minute(2)));
  expect(desk.state().at).toBe(isoTime(minute(2) + 30_000));
  const before = Date.now();
  await begin({ shift: true, paused: true });
  await expect.poll(() => states.at(-1)?.shift_ms).toBeGreaterThan(0);
  await expect.poll(() => Date.parse(prices.at(-1)?.timestamp ?? '')).toBeGreaterThanOrEqual(before);
  expect(desk.state().at).toBe(isoTime(NOON));
});

it('shows the phase of a session at the time that is replayed', async () => {
  const { client } = await watching();
  const statuses = received(client, 'market_status');
  // 15:30 IST and later: the session is over.
  await store.putTicks([tickAt(Date.UTC(2026, 7, 18, 5), { product: 'NIFTY' })], []);
  const opened = Date.UTC(2026, 7, 18, 5);
  await begin({ from: isoTime(opened), to: isoTime(opened + 1), paused: true });
  await expect.poll(() => statuses.at(-1)?.sessions.NIFTY ?? statuses.at(-2)?.sessions.NIFTY).toBe('open');
  await begin({ from: isoTime(NOON), paused: true });
  await expect.poll(() => statuses.at(-1)?.sessions.NIFTY).toBe('closed');
});

it('plays a recording, twice the same', async () => {
  const counts = [];
  for (const _ of [1, 2]) {
    const { prices } = await watching();
    await desk.begin({ recording: 'nifty.csv', paused: true });
    for (let step = 1; step <= 3; step++) {
      await expect.poll(() => timesOf(prices).length).toBe(step);
      desk.control({ action: 'step' });
    }
    await ended();
    counts.push([desk.state().chains, desk.state().ticks, timesOf(prices)]);
    desk.control({ action: 'stop' });
  }
  expect(counts[0].slice(0, 2)).toEqual([3, 3]);
  expect(counts[1]).toEqual(counts[0]);
});

it('tells nobody where a recording lay that is gone', async () => {
  const { states } = await watching();
  const file = join(folder.path, 'imports', 'nifty-gone.csv');
  writeFileSync(file, minutesCsv(3));
  await desk.begin({ recording: 'nifty-gone.csv', paused: true });
  await ended('paused');
  rmSync(file);
  desk.control({ action: 'seek', at: isoTime(NOON) });
  await ended('failed');
  expect(desk.state().reason).toContain('nifty-gone.csv: cannot be opened');
  expect(desk.state().reason).not.toContain(folder.path);
  await expect.poll(() => states.at(-1)?.state).toBe('failed');
});

it('names a recording to those alone who may control the replay, at each change and to who comes later', async () => {
  const { verifier, tokenOf } = await createTokens();
  const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  await app.register(replayRoutes(desk, verifier));
  const { url } = await gateways.startGateway({ products: ['NIFTY'] }, 1, { verifier });
  const [admin, viewer] = [await tokenOf('admin'), await tokenOf('viewer')];
  const statesOf = async (token?: string) =>
    received(await gateways.join(url, token && { auth: { token } }), 'replay_state');
  const told = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await app.inject({ url: '/api/replay', headers })).json();
  };
  const file = join(folder.path, 'imports', 'nifty-client_42.csv');
  writeFileSync(file, minutesCsv(3));

  const firstState = (token?: string) =>
    new Promise<ReplayState>((resolve) => {
      const client = connect(url, {
        transports: ['websocket'],
        forceNew: true,
        auth: token ? { token } : {},
      });
      client.once('replay_state', (state: ReplayState) => {
        client.close();
        resolve(state);
      });
    });

  const early = { admin: await statesOf(admin), viewer: await statesOf(viewer), anyone: await statesOf() };
  await desk.begin({ recording: 'nifty-client_42.csv', paused: true });
  await ended('paused');
  rmSync(file);
  desk.control({ action: 'seek', at: isoTime(NOON) });
  await ended('failed');
  for (const each of Object.values(early)) await expect.poll(() => each.at(-1)?.state).toBe('failed');
  for (const state of [early.admin.at(-1), await firstState(admin)]) {
    expect(state).toMatchObject({ state: 'failed', recording: 'nifty-client_42.csv' });
    expect(state?.reason).toContain('nifty-client_42.csv');
  }
  for (const states of [early.viewer, early.anyone, [await firstState(viewer), await firstState()]]) {
    expect(states.at(-1)).toMatchObject({ state: 'failed', recording: null });
    expect(JSON.stringify(states)).not.toContain('client_42');
  }
  expect(await told(admin)).toMatchObject({ state: 'failed', recording: 'nifty-client_42.csv' });
  for (const token of [viewer, undefined]) {
    expect(await told(token)).toMatchObject({ state: 'failed', recording: null });
    expect(JSON.stringify(await told(token))).not.toContain('client_42');
  }
  await app.close();
});

it('says what is wrong with an order and with a command', async () => {
  await expect(desk.begin({})).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(begin({ from: RANGE.to, to: RANGE.from })).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(begin({ products: ['BTC'] })).rejects.toMatchObject({ code: 'no_data' });
  expect(() => desk.control({ action: 'pause' })).toThrow(/there is no replay/);
  await begin({ paused: true });
  expect(() => desk.control({ action: 'seek', at: RANGE.to })).toThrow(/is not within the replay/);
  expect(() => desk.control({ action: 'speed' })).toThrow(/`speed` of the action/);
});

it('refuses the command of a client that may not control it', async () => {
  const { client } = await watching();
  const response = await client.emitWithAck('replay', { action: 'pause' });
  expect(response).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
});

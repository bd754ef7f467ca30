import { setTimeout as sleep } from 'node:timers/promises';
import { HEARTBEATS, type ServiceVitals, WATCHDOGS } from '@deltastream/contracts';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import type { Check } from '../../ports/check.ts';
import { type Clock, createManualClock, systemClock } from '../../ports/clock.ts';
import type { Service, ServiceName } from '../lifecycle/service.ts';
import { silentLogger } from '../logging/log.ts';
import { createHeartbeats } from './heartbeats.ts';
import { createPlatformWatch, type PlatformWatchOptions } from './platform-watch.ts';
import { createStateInstants } from './state-instants.ts';

const BEAT_MS = 20;
const AWAY_MS = 200;

describe('presence', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function platform(clock: Clock = systemClock, options: PlatformWatchOptions = {}) {
    const bus = createMemoryBus();
    closers.push(() => bus.close());
    const own = createHeartbeats({ bus, logger: silentLogger }, { intervalMs: BEAT_MS });
    const watch = createPlatformWatch(
      { bus, clock, logger: silentLogger, own: own.process },
      { awayAfterMs: AWAY_MS, checkMs: 10, graceMs: 100, ...options },
    );
    closers.push(watch.stop, own.stop);
    await watch.start();
    return { bus, own, watch };
  }
  const service = (
    name: ServiceName,
    ready: () => Promise<Check[]> = async () => [],
    vitals?: Service['vitals'],
  ): Service => ({
    ...{ name, ready, vitals, metrics: new Registry() },
    start: async () => {},
    stop: async () => {},
  });
  const running =
    (product = 'NIFTY', more: Partial<NonNullable<ServiceVitals['feed']>> = {}) =>
    () => ({
      feed: { source: 'synthetic', run: 'running' as const, for_ms: 0, due_in_ms: 0, ...more },
      products: [{ product, age_ms: 0, interval_ms: 10 }],
    });
  const figures = () => ({ products: [{ product: 'NIFTY', age_ms: 0, interval_ms: 10 }] });
  const problems = (watch: Awaited<ReturnType<typeof platform>>['watch']) =>
    watch.status().problems.map(({ part, code }) => `${part} ${code}`);

  it('is over when its cause is over: what a gateway says of others is not said of the gateway', async () => {
    const { bus, own, watch } = await platform();
    own.include([service('gateway', async () => [watch.check()]), service('enricher', undefined, figures)]);
    const feed = createHeartbeats({ bus, logger: silentLogger }, { intervalMs: BEAT_MS });
    feed.include([service('feed', undefined, running())]);
    await expect.poll(() => watch.status().data).toBe('live');
    await feed.stop();
    await expect.poll(() => problems(watch)).toEqual(['feed feed_stopped']);
    // A process that falls silent says nothing: its last heartbeat is published as a killed one leaves it.
    await bus.publish(
      HEARTBEATS.name,
      HEARTBEATS.frames.encode({
        process: 'killed',
        ended: false,
        services: [{ service: 'feed', failing: [], ...running()() }],
      }),
    );
    await expect.poll(() => problems(watch)).toEqual([]);
    await expect.poll(() => problems(watch)).toEqual(['feed feed_away']);
    expect(watch.check().reason).toMatch(/^the feed fell silent, since \d{4}-/);
    const back = createHeartbeats({ bus, logger: silentLogger }, { intervalMs: BEAT_MS });
    closers.push(back.stop);
    back.include([service('feed', undefined, running())]);
    await expect.poll(() => watch.check()).toMatchObject({ ok: true, reason: null });
  });

  it('says where logs are shipped to, and since when a target fails', async () => {
    const { own, watch } = await platform();
    const target = {
      target: 'loki',
      protocol: 'loki' as const,
      waiting_entries: 7,
      waiting_bytes: 900,
      dropped: 2,
    };
    let failing: { reason: string; for_ms: number } | null = null;
    own.include([service('logging', undefined, () => ({ log_targets: [{ ...target, failing }] }))]);
    await expect
      .poll(() => watch.status().log_targets)
      .toEqual([{ ...target, state: 'ok', reason: null, since: null }]);
    failing = { reason: 'status_503', for_ms: 3_600_000 };
    await expect.poll(() => watch.status().log_targets?.[0].state).toBe('failing');
    const [{ reason, since }] = watch.status().log_targets ?? [];
    expect(reason).toBe('status_503');
    expect(Math.abs(Date.now() - 3_600_000 - Date.parse(since ?? ''))).toBeLessThan(60_000);
    expect(problems(watch)).not.toContain('logging service_not_ready');
  });

  it('names the venue that fails, its state, since when and why', async () => {
    const { own, watch } = await platform();
    const venues = [
      { venue: 'deribit', state: 'live' as const, for_ms: 5_000, reason: null },
      {
        ...{ venue: 'kite', state: 'refused' as const, for_ms: 60_000, reason: 'the token expired' },
        watchdogs: [
          { kind: 'stall' as const, product: 'NIFTY', for_ms: 30_000, detail: 'no quote for 45 s' },
        ],
      },
    ];
    const check = async () => [{ name: 'source', ok: false, reason: 'kite' }];
    own.include([
      service('feed', check, running('NIFTY', { source: 'deribit,kite', due_in_ms: null, venues })),
      service('enricher', undefined, figures),
    ]);
    await expect.poll(() => problems(watch)).toEqual(['feed feed_failed']);
    const { feed, problems: found } = watch.status();
    expect(found[0].reason).toMatch(/^kite is refused: the token expired, since \d{4}-/);
    expect(feed.source).toBe('deribit,kite');
    expect(feed.venues).toMatchObject([
      { venue: 'deribit', state: 'live', reason: null, watchdogs: [] },
      { venue: 'kite', state: 'refused', reason: 'the token expired', watchdogs: [{ kind: 'stall' }] },
    ]);
    const { since, ...wrong } = feed.venues![1].watchdogs[0];
    expect(wrong).toEqual({ kind: 'stall', product: 'NIFTY', detail: 'no quote for 45 s' });
    expect(Date.now() - Date.parse(since)).toBeGreaterThanOrEqual(30_000);
    const [deribit, kite] = feed.venues!.map(({ since }) => Date.parse(since));
    expect(deribit - kite).toBeGreaterThan(50_000);
    expect(deribit - kite).toBeLessThan(60_000);
  });

  it('has every kind of watchdog in its status, and tells of each', async () => {
    const { own, watch } = await platform();
    const dogs = WATCHDOGS.map((kind) => ({ kind, product: 'NIFTY', for_ms: 0, detail: `${kind} is wrong` }));
    let raised: typeof dogs = [];
    own.include([
      service('feed', undefined, () =>
        running('NIFTY', {
          source: 'kite',
          venues: [{ venue: 'kite', state: 'live', for_ms: 0, reason: null, watchdogs: raised }],
        })(),
      ),
      service('enricher', undefined, figures),
    ]);
    await expect.poll(() => watch.status().feed.venues).toMatchObject([{ watchdogs: [] }]);
    const told: string[] = [];
    watch.onChange(({ feed }) =>
      told.push((feed.venues?.[0].watchdogs ?? []).map(({ kind }) => kind).join()),
    );
    for (const [i] of dogs.entries()) {
      raised = dogs.slice(0, i + 1);
      const kinds = raised.map(({ kind }) => kind).join();
      await expect.poll(() => told.at(-1)).toBe(kinds);
    }
    expect(watch.status().feed.venues?.[0].watchdogs).toMatchObject(
      dogs.map(({ kind, product, detail }) => ({ kind, product, detail })),
    );
  });

  it('stays ready while one venue of several gives data, and names the one that does not', async () => {
    const { own, watch } = await platform();
    const venues = [
      { venue: 'deribit', state: 'live' as const, for_ms: 5_000, reason: null },
      { venue: 'kite', state: 'waiting' as const, for_ms: 60_000, reason: 'ECONNREFUSED' },
    ];
    own.include([
      service('feed', undefined, running('BTC', { source: 'deribit,kite', due_in_ms: null, venues })),
      service('enricher', undefined, () => ({ products: [{ product: 'BTC', age_ms: 0, interval_ms: 10 }] })),
    ]);
    await expect.poll(() => problems(watch)).toEqual(['feed venue_failed']);
    expect(watch.status().data).toBe('live');
    expect(watch.check()).toMatchObject({
      ok: true,
      reason: expect.stringMatching(/^kite is waiting: ECONNREFUSED, since \d{4}-/),
    });
  });

  it('finds nothing stale of a market that is closed while another is open', async () => {
    const { own, watch } = await platform(systemClock, { inSession: (product) => product === 'BTC' });
    const paces = (age_ms: number) => [
      { product: 'BTC', age_ms, interval_ms: 10 },
      { product: 'NIFTY', age_ms: 3_600_000, interval_ms: 10 },
    ];
    let age_ms = 0;
    own.include([
      service('feed', undefined, () => ({
        ...running('BTC', { source: 'deribit,kite', due_in_ms: null })(),
        products: paces(age_ms),
      })),
      service('enricher', undefined, () => ({ products: paces(age_ms) })),
    ]);
    await expect.poll(() => watch.status().feed.state).toBe('running');
    await expect.poll(() => watch.status().data).toBe('live');
    expect(watch.status().stale).toEqual([]);
    age_ms = 60_000;
    await expect.poll(() => problems(watch)).toEqual(['data data_stale']);
  });

  it.each([
    ['refused', ['feed feed_failed', 'data market_closed']],
    ['waiting', ['data market_closed', 'feed feed_failed']],
  ] as const)('says of a venue that it is %s also while the market is closed', async (state, said) => {
    const { own, watch } = await platform(systemClock, { inSession: () => false });
    const venues = [{ venue: 'kite', state, for_ms: 60_000, reason: 'the token expired' }];
    own.include([
      service('gateway'),
      service(
        'feed',
        async () => [{ name: 'source', ok: false, reason: 'kite' }],
        running('NIFTY', { source: 'kite', due_in_ms: null, venues }),
      ),
      service('enricher', undefined, figures),
    ]);
    await expect.poll(() => problems(watch)).toEqual(said);
    const failed = watch.status().problems.find(({ part }) => part === 'feed');
    expect(failed?.reason).toContain(`kite is ${state}: the token expired, since `);
    expect(watch.check()).toMatchObject({ ok: false, reason: failed?.reason });
  });

  it('tells of a venue that changes although what is wrong stays the same', async () => {
    const { own, watch } = await platform();
    const kite = {
      venue: 'kite',
      state: 'waiting' as 'waiting' | 'refused',
      for_ms: 0,
      reason: 'cut',
      watchdogs: [] as { kind: 'crossed'; product: string; for_ms: number; detail: string }[],
    };
    const check = async () => [{ name: 'source', ok: false, reason: 'kite' }];
    own.include([
      service('feed', check, () => running('NIFTY', { source: 'kite', venues: [{ ...kite }] })()),
      service('enricher', undefined, figures),
    ]);
    await expect.poll(() => problems(watch)).toEqual(['feed feed_failed']);
    const seen: unknown[] = [];
    watch.onChange(({ feed }) => seen.push(feed.venues?.[0].state));
    kite.state = 'refused';
    await expect.poll(() => seen.at(-1)).toBe('refused');
    const told = seen.length;
    kite.watchdogs = [{ kind: 'crossed', product: 'NIFTY', for_ms: 0, detail: 'a bid was above its ask' }];
    await expect.poll(() => seen.length).toBeGreaterThan(told);
  });

  it('takes a stall of its own event loop for nobody else’s silence', async () => {
    const { bus, own, watch } = await platform();
    own.include([service('gateway')]);
    const other = createHeartbeats({ bus, logger: silentLogger }, { intervalMs: BEAT_MS });
    closers.push(other.stop);
    other.include([service('feed', undefined, running()), service('enricher', undefined, figures)]);
    await expect.poll(() => watch.status().data).toBe('live');
    const seen: string[] = [];
    watch.onChange((status) => seen.push(status.data));
    for (let i = 0; i < 5; i++) {
      const until = performance.now() + 2 * AWAY_MS;
      while (performance.now() < until);
      await sleep(BEAT_MS);
    }
    await sleep(AWAY_MS);
    expect(seen).toEqual([]);
    expect(problems(watch)).toEqual([]);
  });

  it('names a bus that carries nothing instead of everybody on it', async () => {
    const { bus, own, watch } = await platform();
    let stuck = false;
    const publish = bus.publish;
    bus.publish = (topic, frame) => (stuck ? new Promise(() => {}) : publish(topic, frame));
    own.include([
      service('gateway'),
      service('enricher', undefined, figures),
      service('feed', undefined, running()),
    ]);
    await expect.poll(() => watch.status().data).toBe('live');
    stuck = true;
    await expect.poll(() => problems(watch)).toEqual(['bus bus_silent']);
  });

  it('tells a replay that waits from one that ended, and from a source that fails', async () => {
    const { bus, own, watch } = await platform();
    let vitals = running('NIFTY', { source: 'replay', due_in_ms: 840_000 });
    let checks: Check[] = [];
    own.include([
      service('enricher', undefined, () => ({
        products: [{ product: 'NIFTY', age_ms: 60_000, interval_ms: 900_000 }],
      })),
      service(
        'feed',
        async () => checks,
        () => ({ ...vitals(), products: [{ product: 'NIFTY', age_ms: 60_000, interval_ms: null }] }),
      ),
    ]);
    await expect.poll(() => watch.status().feed.state).toBe('running');
    await sleep(150);
    expect(watch.status()).toMatchObject({ data: 'live', problems: [], stale: [] });
    checks = [{ name: 'source', ok: false, reason: '/secret/path: late' }];
    await expect.poll(() => problems(watch)).toEqual(['feed feed_failed']);
    expect(JSON.stringify(watch.status())).not.toContain('secret');
    checks = [];
    vitals = running('NIFTY', { source: 'replay', run: 'finished', due_in_ms: null, for_ms: 1_000 });
    await expect.poll(() => problems(watch)).toEqual(['feed replay_finished']);
    expect(watch.check().ok).toBe(true);
    await bus.drained();
  });

  it('says the same instant for as long as a state lasts, also when the clock is set', async () => {
    const clock = createManualClock(Date.parse('2026-08-03T05:00:00Z'));
    const { own, watch } = await platform(clock);
    const beganMs = performance.now();
    let run: 'running' | 'failed' = 'running';
    let broken = true;
    own.include([
      service('storage', async () => [{ name: 'disk', ok: !broken, reason: null }]),
      service('enricher', undefined, () => ({
        products: [{ product: 'NIFTY', age_ms: 9_000 + performance.now() - beganMs, interval_ms: 10 }],
      })),
      service('feed', undefined, () => running('NIFTY', { run, for_ms: performance.now() - beganMs })()),
    ]);
    const instants = () => {
      const { feed, stale, services, problems: found } = watch.status();
      const storage = services.find(({ name }) => name === 'storage')?.since;
      return [feed.since, stale[0]?.since, storage, ...found.map(({ since }) => since)];
    };
    await expect
      .poll(() => watch.status())
      .toMatchObject({ feed: { state: 'running' }, data: 'interrupted' });
    await expect.poll(() => watch.status().services.find(({ name }) => name === 'storage')?.ok).toBe(false);
    const first = instants();
    expect(first.filter((since) => typeof since !== 'string')).toEqual([]);
    clock.step(3_600_000);
    for (let i = 0; i < 10; i++) {
      await sleep(BEAT_MS);
      clock.step(-100_000);
      expect(instants()).toEqual(first);
    }
    broken = false;
    await expect.poll(() => watch.status().services.find(({ name }) => name === 'storage')?.ok).toBe(true);
    broken = true;
    run = 'failed';
    await expect.poll(() => watch.status().feed.state).toBe('failed');
    await expect.poll(() => watch.status().services.find(({ name }) => name === 'storage')?.ok).toBe(false);
    expect(instants()[0]).not.toBe(first[0]);
    expect(instants()[2]).not.toBe(first[2]);
  });

  it('takes a feed that began anew for another, also where nobody looked between', () => {
    const clock = createManualClock(100_000);
    const instants = createStateInstants(clock);
    const asked = (receivingMs: number, lastedMs: number) => {
      const judgement = instants.during(receivingMs);
      const began = judgement.began('feed running', lastedMs);
      judgement.end();
      return began;
    };
    expect(asked(50_000, 10_000)).toBe(90_000);
    clock.step(1_500);
    expect(asked(51_000, 10_400)).toBe(90_000);
    expect(asked(60_000, 100)).toBe(101_400);
    instants.during(61_000).end();
    expect(asked(62_000, 2_100)).toBe(99_400);
  });

  it('names the products that are stale when the feed and the enricher end together', async () => {
    const { bus, own, watch } = await platform(systemClock, { quietAfterMs: 50 });
    own.include([service('gateway')]);
    const services = [
      { service: 'feed', failing: [], ...running()() },
      { service: 'enricher', failing: [], ...figures() },
    ];
    // As a process leaves it that is killed.
    const last = HEARTBEATS.frames.encode({ process: 'killed', ended: false, services });
    await bus.publish(HEARTBEATS.name, last);
    await expect.poll(() => watch.status().data).toBe('live');
    await expect.poll(() => problems(watch)).toEqual(['feed feed_away', 'enricher enricher_away']);
    await expect.poll(() => watch.status().stale.map(({ product }) => product)).toEqual(['NIFTY']);
    // An enricher that comes back has not handled anything yet.
    const back = createHeartbeats({ bus, logger: silentLogger }, { intervalMs: BEAT_MS });
    closers.push(back.stop);
    back.include([service('enricher', undefined, () => ({ products: [] }))]);
    await expect.poll(() => problems(watch)).toEqual(['feed feed_away']);
    expect(watch.status().stale.map(({ product }) => product)).toEqual(['NIFTY']);
  });

  it('finds quotes of which no figures come, by product', async () => {
    const { own, watch } = await platform();
    const quotes = running();
    own.include([
      service('enricher', undefined, () => ({
        products: [{ product: 'NIFTY', age_ms: 9_000, interval_ms: 10 }],
      })),
      service('feed', undefined, () => ({
        ...quotes(),
        products: [...quotes().products, { product: 'BTC', age_ms: 8_500, interval_ms: 10_000 }],
      })),
    ]);
    await expect.poll(() => watch.status().stale.map(({ product }) => product)).toEqual(['NIFTY']);
    expect(watch.status().data).toBe('live');
  });
});

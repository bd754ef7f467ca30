import type { ChainView, MarketStatus } from '@deltastream/contracts';
import type { Browser, Page } from 'playwright-core';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { haveBrowser, openBrowser } from '../support/clients/browser.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

/** From the kill until every place says so. */
const WITHIN_MS = 3_000;
/** Between the fault and what is said of when it began. */
const SINCE_MS = 1_500;
/** `--status-quiet-after-ms` */
const QUIET_MS = 5_000;

interface Told {
  readonly part: string;
  readonly code: string;
  readonly since: string | null;
}

interface StatusBody {
  readonly status: string;
  readonly platform: { readonly data: string; readonly problems: readonly Told[] };
}

/** The four places at which the platform speaks of itself. */
async function openPlaces(url: string, page: Page) {
  const socket: Socket = io(url, { transports: ['websocket'], forceNew: true });
  let market: MarketStatus | null = null;
  socket.on('market_status', (status: MarketStatus) => {
    market = status;
  });
  await page.goto(url);
  const label = page.locator('.top-bar').getByRole('status');
  const banner = page.locator('.banner');
  return {
    status: async () => (await (await fetch(`${url}/api/status`)).json()) as StatusBody,
    async readiness() {
      const response = await fetch(`${url}/readyz`);
      return { code: response.status, text: await response.text() };
    },
    market: () => market,
    label: () => label.textContent(),
    banners: async () => (await banner.allTextContents()).join(' '),
    close: () => socket.close(),
  };
}
type Places = Awaited<ReturnType<typeof openPlaces>>;

/** Flags of the chain that is the newest, at REST and in a room's snapshot, and of the same asked for by instant. */
async function shownQualities(url: string): Promise<(readonly string[])[]> {
  const chainOf = async (query: string) =>
    (await (await fetch(`${url}/api/data/chain/NIFTY?${query}`)).json()) as ChainView;
  const newest = await chainOf('');
  const then = await chainOf(`expiry=${newest.expiry}&at=${newest.timestamp}`);
  const socket: Socket = io(url, { transports: ['websocket'], forceNew: true });
  try {
    const { snapshot } = await socket.emitWithAck('subscribe', {
      type: 'chain',
      symbol: 'NIFTY',
      expiry: newest.expiry,
    });
    return [newest, snapshot, then].map(
      (chain) => chain?.quality?.filter((flag: string) => flag === 'stale') ?? ['no chain'],
    );
  } finally {
    socket.close();
  }
}

const first = (problems: readonly Told[] | undefined) => problems?.[0];

describe.runIf(haveBrowser && haveRedisServer())('the platform tells the truth about itself', () => {
  let browser: Browser;
  let stand: RedisStand;
  let front: PlatformProcess;
  let storage: PlatformProcess;
  let enricher: PlatformProcess;
  let feed: PlatformProcess;
  let places: Places;

  // One platform for all of them: each test leaves it live.
  beforeAll(async () => {
    browser = await openBrowser();
    stand = await openRedisStand();
    // Without a source of its own storage takes recorded data only.
    storage = await stand.start('storage', ['--dataset', 'synthetic']);
    enricher = await stand.start('enricher');
    front = await stand.start('socket-gateway,gateway', ['--data-url', storage.url]);
    feed = await stand.start('feed', ['--source', 'synthetic', '--products', 'NIFTY']);
    places = await openPlaces(front.url, await browser.newPage());
  });
  afterAll(async () => {
    places?.close();
    await browser?.close();
    await stand?.end();
  });
  beforeEach(async () => {
    await expect.poll(places.label).toBe('Live');
    await expect.poll(() => places.market()?.problems).toEqual([]);
    await expect.poll(async () => (await places.status()).platform.problems).toEqual([]);
    await expect.poll(places.readiness).toMatchObject({ code: 200 });
  });

  /** Does the harm, waits for all four places, and prints how long each took. */
  async function toldWithin(
    what: string,
    harm: () => unknown,
    expected: {
      readonly part: string;
      readonly code: RegExp;
      readonly label: RegExp;
      readonly live?: boolean;
    },
  ) {
    const harmedAt = Date.now();
    await harm();
    const begun = performance.now();
    const took: Record<string, number> = {};
    const is = (told: Told | undefined) => told?.part === expected.part && expected.code.test(told.code);
    const looks: Record<string, () => Promise<boolean> | boolean> = {
      status: async () => is(first((await places.status()).platform.problems)),
      readiness: async () => {
        const { code, text } = await places.readiness();
        return code === 503 && text.includes('since');
      },
      market: () =>
        is(first(places.market()?.problems)) &&
        places.market()?.status === (expected.live ? 'live' : 'interrupted'),
      page: async () => expected.label.test(`${await places.label()} ${await places.banners()}`),
    };
    await Promise.all(
      Object.entries(looks).map(async ([place, look]) => {
        await expect
          .poll(look, { timeout: longestMs(WITHIN_MS), interval: 20, message: `${what}: ${place}` })
          .toBe(true);
        took[place] = Math.round(performance.now() - begun);
      }),
    );
    process.stdout.write(
      `${what}: told after ${JSON.stringify(took)} ms; the page: "${await places.label()}"\n`,
    );
    const since = first(places.market()?.problems)?.since;
    expect(Math.abs(Date.parse(since ?? '') - harmedAt)).toBeLessThan(longestMs(SINCE_MS));
    expect((await places.status()).status).toBe('degraded');
    expect(/^Live$/.test((await places.label()) ?? '')).toBe(expected.live ?? false);
  }

  it('of a feed that was killed, and of its return', async () => {
    await expect.poll(() => shownQualities(front.url)).toEqual([[], [], []]);
    await toldWithin('feed killed', () => feed.kill('SIGKILL'), {
      part: 'feed',
      code: /^feed_away$/,
      label: /Feed away since \d/,
    });
    // Silence of 5 s makes a product quiet.
    await expect
      .poll(() => shownQualities(front.url), { timeout: longestMs(QUIET_MS + WITHIN_MS) })
      .toEqual([['stale'], ['stale'], []]);
    await stand.start('feed', ['--source', 'synthetic', '--products', 'NIFTY']);
    await expect.poll(places.label).toBe('Live');
    expect(places.market()).toMatchObject({
      status: 'live',
      feed: { state: 'running', source: 'synthetic' },
    });
    await expect.poll(places.readiness).toMatchObject({ code: 200 });
    await expect.poll(() => shownQualities(front.url)).toEqual([[], [], []]);
  });

  it('of the last enricher that was killed, but not while another is there', async () => {
    const other = await stand.start('enricher');
    await expect
      .poll(async () => JSON.stringify((await places.status()).platform))
      .toContain('{"name":"enricher","instances":2,"ok":true,"since":null}');
    other.kill('SIGKILL');
    await expect
      .poll(async () => JSON.stringify((await places.status()).platform))
      .toContain('{"name":"enricher","instances":1,"ok":true,"since":null}');
    expect(await places.label()).toBe('Live');
    await toldWithin('enricher killed', () => enricher.kill('SIGKILL'), {
      part: 'enricher',
      code: /^enricher_away$/,
      label: /Enricher away since \d/,
    });
    enricher = await stand.start('enricher');
  });

  it('of an enricher that hangs', async () => {
    await toldWithin('enricher stopped by SIGSTOP', () => process.kill(enricher.pid, 'SIGSTOP'), {
      part: 'enricher',
      code: /^enricher_away$/,
      label: /Enricher away since \d/,
    });
    process.kill(enricher.pid, 'SIGCONT');
    await expect.poll(places.label).toBe('Live');
  });

  it('of a Redis whose password was changed, naming what it said', async () => {
    const redis = stand.redis.connect();
    await toldWithin(
      'Redis password changed',
      async () => {
        await redis.config('SET', 'requirepass', 'changed');
        await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      },
      { part: 'bus', code: /^bus_away$/, label: /Message bus away since \d/ },
    );
    // At first no more is known than that the connection is gone.
    await expect.poll(() => places.market()?.reason).toContain('NOAUTH');
    expect((await places.readiness()).text).not.toContain('changed');
    await redis.config('SET', 'requirepass', '');
    await expect.poll(places.label).toBe('Live');
    redis.disconnect();
  });

  // The last one: nothing is stored from here on.
  it('of a storage service that was killed, while figures go on', async () => {
    await toldWithin('storage killed', () => storage.kill('SIGKILL'), {
      part: 'storage',
      code: /^service_away$/,
      label: /storage is away since \d.*not stored/,
      live: true,
    });
  });
});

describe.runIf(haveBrowser)('in one process the platform tells', () => {
  it('that there is no feed, which is not a fault', async () => {
    const folder = temporaryFolder();
    const platform = await startPlatform(['--data', folder.path, '--source', 'none']);
    const browser = await openBrowser();
    try {
      const places = await openPlaces(platform.url, await browser.newPage());
      await expect.poll(places.label).toBe('No feed');
      expect(places.market()).toMatchObject({ status: 'interrupted', feed: { state: 'none' } });
      expect((await places.status()).status).toBe('ok');
      expect((await places.readiness()).code).toBe(200);
      places.close();
    } finally {
      await browser.close();
      await platform.stop();
      folder.remove();
    }
  });
});

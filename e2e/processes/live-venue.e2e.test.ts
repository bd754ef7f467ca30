import type { ChainView, FeedStatus, PlatformProblem } from '@deltastream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { getJson } from '../support/clients/rest.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  STOPPED_MS,
  spawnCli,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

/** Between what a venue does and what is said of it. */
const WITHIN_MS = 3_000;
/** What is accepted by the simulators that ask for credentials. */
const CREDENTIAL = 'simulated';

interface StatusBody {
  readonly status: string;
  readonly platform: { readonly feed: FeedStatus; readonly problems: readonly PlatformProblem[] };
}

const folder = temporaryFolder();
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  folder.remove();
});

/** A venue's servers as a process, and the flags with which it says that it is connected to. */
async function simulate(venue: string, products: string, port = '0') {
  const run = spawnCli(['simulate', venue, '--products', products, '--port', port]);
  stops.push(run.stop);
  const [, url] = await run.printed(/simulated at (http:\/\/[^\s,]+)/);
  const [, flags] = await run.printed(/Connect to it: deltastream (.+)\n/);
  return { ...run, port: new URL(url).port, flags: flags.split(' ') };
}

/** SIGTERM, and how long it took; the exit code is 0. */
async function stopped({ stop }: Pick<PlatformProcess, 'stop'>): Promise<number> {
  const begun = performance.now();
  expect(await stop()).toBe(0);
  return performance.now() - begun;
}

describe('a live venue in another process', () => {
  it.each([
    // Lists are asked for of one coin after the other, as seldom as the venue allows.
    ['deribit', 'BTC,ETH'],
    ['kite', 'NIFTY'],
  ])('%s: its figures come, go and come again, and what is wrong is said', async (venue, products) => {
    const product = products.split(',').at(-1);
    const simulator = await simulate(venue, products);
    const platform = await startPlatform([
      ...['--data', folder.path, ...simulator.flags],
      ...['--venue-first-retry-ms', '100', '--venue-last-retry-ms', '500'],
    ]);
    stops.push(platform.stop);
    const status = () => getJson<StatusBody>(`${platform.url}/api/status`);
    const venueStatus = async () => (await status()).platform.feed.venues?.[0];
    const chain = async (): Promise<ChainView | null> => {
      const response = await fetch(`${platform.url}/api/data/chain/${product}`);
      return response.ok ? ((await response.json()) as ChainView) : null;
    };
    await expect.poll(async () => (await chain())?.atm_iv).toBeGreaterThan(0);
    const first = (await chain()) as ChainView;
    expect(first).toMatchObject({ product, source: venue });
    expect(first.calls.some((call) => call?.delta != null && call.bid != null)).toBe(true);
    await expect
      .poll(venueStatus, { timeout: longestMs(WITHIN_MS) })
      .toMatchObject({ venue, state: 'live', watchdogs: [] });

    const left = await stopped(simulator);
    expect(left).toBeLessThan(longestMs(WITHIN_MS));
    await expect.poll(venueStatus, { timeout: longestMs(WITHIN_MS) }).toMatchObject({ state: 'waiting' });
    await expect
      .poll(async () => (await status()).platform.problems, { timeout: longestMs(WITHIN_MS) })
      .toContainEqual(
        expect.objectContaining({
          code: 'feed_failed',
          fault: true,
          reason: expect.stringContaining(`${venue} is waiting: `),
        }),
      );

    const then = ((await chain()) as ChainView).timestamp;
    const again = await simulate(venue, products, simulator.port);
    await expect.poll(venueStatus).toMatchObject({ state: 'live' });
    await expect
      .poll(async () => Date.parse((await chain())?.timestamp ?? ''))
      .toBeGreaterThan(Date.parse(then));

    const said = `${platform.output()}${JSON.stringify(await status())}`;
    expect(said).not.toContain(CREDENTIAL);
    expect(await stopped(platform)).toBeLessThan(longestMs(STOPPED_MS));
    expect(await stopped(again)).toBeLessThan(longestMs(WITHIN_MS));
    expect(platform.output()).not.toContain(CREDENTIAL);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ClientToServerEvents, MARKET_TICKS, type ServerToClientEvents } from '@deltastream/contracts';
import { connect, type Socket } from 'socket.io-client';
import { launch, type Platform } from '../../launch.ts';
import type { Bus } from '../../ports/bus.ts';
import { readSettings } from '../../settings/read.ts';

/** Files of `packages/*\/src` in which code ran, by their path in the repository. */
type Files = ReadonlySet<string>;

/** What a user meets: one tick from the feed to a socket client, and one request of a chain in both shapes. */
export interface TracedPaths {
  readonly tick: readonly string[];
  readonly embeddedGet: readonly string[];
  readonly distributedGet: readonly string[];
}

const REPOSITORY = fileURLToPath(new URL('../../../../..', import.meta.url));
const SOURCE = /^packages\/[^/]+\/src\/(?!testing\/)/;
/** A file counts when it ran in each of so many passes: a timer that came in between does not. */
const PASSES = 9;
const PRODUCT = 'NIFTY';

const session = new Session();

/** Which files ran since the last call; a module that was only loaded has run nothing. */
function filesRun(): Files {
  const files = new Set<string>();
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    for (const { url, functions } of result) {
      if (!url.startsWith('file:')) continue;
      const file = fileURLToPath(url).slice(REPOSITORY.length);
      const ran = functions.some(({ functionName, ranges: [{ startOffset, count }] }) =>
        functionName === '' && startOffset === 0 ? false : count > 0,
      );
      if (ran && SOURCE.test(file)) files.add(file);
    }
  });
  return files;
}

/** The files on the stack: what runs already when the pass begins is on the way as well. */
function filesOnStack(): string[] {
  const stack = new Error().stack ?? '';
  return [...stack.matchAll(/file:\/\/[^):]+/g)]
    .map(([url]) => fileURLToPath(url).slice(REPOSITORY.length))
    .filter((file) => SOURCE.test(file));
}

/** Files that ran in each pass, but for `spared` of them. */
const inEach = (passes: readonly Files[], spared = 0): string[] =>
  [...new Set(passes.flatMap((files) => [...files]))]
    .filter((file) => passes.filter((files) => files.has(file)).length >= passes.length - spared)
    .sort();

async function withPlatform<T>(
  given: Readonly<Record<string, unknown>>,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const platform = await launch(
    readSettings(
      { port: 0, logLevel: 'error', products: [PRODUCT], ticksPerSecond: 20, syntheticHistory: 0, ...given },
      {},
    ),
    () => {},
  );
  try {
    return await use(platform);
  } finally {
    await platform.stop();
  }
}

async function followTicks({ urls, ports }: Platform): Promise<string[]> {
  const bus = ports.bus as Bus & { publish: Bus['publish'] };
  const publish = bus.publish;
  const passes: Files[] = [];
  const client: Socket<ServerToClientEvents, ClientToServerEvents> = connect(urls[0], {
    transports: ['websocket'],
  });
  await client.emitWithAck('subscribe', { type: 'product', symbol: PRODUCT, interval_ms: 0 });
  let received = Promise.withResolvers<void>();
  // The feed waits for its bus: nothing else is published before the client has the tick.
  bus.publish = async (topic, frame) => {
    if (topic !== MARKET_TICKS.name) return publish(topic, frame);
    received = Promise.withResolvers();
    const onStack = filesOnStack();
    filesRun();
    const position = await publish(topic, frame);
    await received.promise;
    passes.push(new Set([...onStack, ...filesRun()]));
    return position;
  };
  client.on('price_update', () => received.resolve());
  while (passes.length < PASSES) await sleep(5);
  client.close();
  // With one of them a bar may begin, into which nothing is merged.
  return inEach(passes, 1);
}

/** A chain of a named expiry that is in the cache. */
async function followGets(url: string): Promise<string[]> {
  const chain = `${url}/api/data/chain/${PRODUCT}`;
  let response = await fetch(chain);
  for (; response.status !== 200; response = await fetch(chain)) await sleep(20);
  const { expiry } = (await response.json()) as { expiry: string };
  const passes: Files[] = [];
  while (passes.length <= PASSES) {
    filesRun();
    await (await fetch(`${chain}?expiry=${expiry}`)).arrayBuffer();
    passes.push(filesRun());
  }
  // The first may have filled the cache.
  return inEach(passes.slice(1));
}

async function tracePaths(): Promise<TracedPaths> {
  const data = mkdtempSync(join(tmpdir(), 'deltastream-paths-'));
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  try {
    const tick = await withPlatform(
      { data, only: ['feed', 'enricher', 'socket-gateway', 'gateway'] },
      followTicks,
    );
    const embeddedGet = await withPlatform({ data }, async ({ urls, services }) => {
      await followGets(urls[0]);
      // What it publishes would be stored between two requests.
      await services.feed?.stop();
      return followGets(urls[0]);
    });
    const distributedGet = await withPlatform(
      { data, source: 'none', dataset: 'synthetic', only: ['storage'] },
      async (storage) =>
        withPlatform(
          { data, source: 'none', dataset: 'synthetic', only: ['gateway'], dataUrl: storage.urls[0] },
          ({ urls }) => followGets(urls[0]),
        ),
    );
    return { tick, embeddedGet, distributedGet };
  } finally {
    session.disconnect();
    rmSync(data, { recursive: true, force: true });
  }
}

process.stdout.write(JSON.stringify(await tracePaths()));

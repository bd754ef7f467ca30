import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS, MARKET_CHAINS } from '@deltastream/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedisBus } from '../packages/server/src/adapters/bus-redis/bus-redis.ts';
import { pricedChain } from '../packages/server/src/services/enricher/chain.fixture.ts';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../packages/server/src/testing/redis-server.ts';
import {
  type PlatformProcess,
  runToExit,
  startPlatform,
  temporaryFolder,
} from './support/platform-process.ts';
import { getAll } from './support/rest.ts';

const KILLS = 20;
const START = Date.UTC(2026, 7, 19, 6);

describe.runIf(haveRedisServer())('services as processes on Redis', () => {
  let server: RedisServer;
  const folder = temporaryFolder();
  const processes: PlatformProcess[] = [];
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.stop()));
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const shared = () => ['--bus', server.url, '--queue', server.url, '--cache', server.url];
  const start = async (...flags: string[]) => {
    const started = await startPlatform([...shared(), '--data', join(folder.path, 'data'), ...flags]);
    processes.push(started);
    return started;
  };

  it('doctor finds what is there and what is not, and ends accordingly', async () => {
    const data = ['--data', join(folder.path, 'doctor')];
    const fit = await runToExit(['doctor', ...shared(), ...data]);
    expect(fit.output).toMatch(/bus +eviction policy +ok +noeviction/);
    expect(fit.output).toMatch(/data folder +writable +ok/);
    expect(fit.code).toBe(0);
    const unfit = await runToExit(['doctor', '--bus', 'redis://user:hush@127.0.0.1:1', ...data]);
    expect(unfit.output).toMatch(/bus +reachable +FAILED/);
    expect(unfit.output).toMatch(/1 of \d+ checks failed: bus \(reachable\)/);
    expect(unfit.output).not.toContain('hush');
    expect(unfit.code).toBe(1);
  });

  it('config shows the settings that hold, whence, and no secret', async () => {
    const file = join(folder.path, 'settings.json');
    const secret = join(folder.path, 'secret');
    writeFileSync(secret, 'redis://user:hush@redis.internal:6379\n');
    writeFileSync(file, JSON.stringify({ port: 9000, busFile: secret }));
    const { code, output } = await runToExit(['config', '--config', file, '--host', '0.0.0.0']);
    expect(code).toBe(0);
    expect(output).toMatch(/^host +"0\.0\.0\.0" +flag --host$/m);
    expect(output).toMatch(/^port +9000 +file .*settings\.json, "port"$/m);
    expect(output).toMatch(/^bus +"redis:\/\/user:\*\*\*@redis\.internal:6379" +file .*"busFile"$/m);
    expect(output).toMatch(/^rate +0 +default$/m);
    expect(output).not.toContain('hush');
  });

  it(`loses nothing and stores nothing twice over ${KILLS} kills of one of two enrichers`, async () => {
    const front = await start('--only', 'storage,gateway', '--source', 'none');
    const worker = () => start('--only', 'enricher');
    await worker();
    let victim = await worker();
    const bus = await createRedisBus({ url: server.url });
    const published: number[] = [];
    const sentAt: number[] = [];
    const gaps: number[] = [];
    await bus.follow(ENRICHED_CHAINS.name, 'latest', ({ frame }) => {
      const { seq } = ENRICHED_CHAINS.frames.decode(frame);
      if (sentAt[seq] !== undefined) gaps.push(performance.now() - sentAt[seq]);
    });
    let on = true;
    const publishing = (async () => {
      const chain = pricedChain({ strikes: Array.from({ length: 20 }, (_, i) => 23_000 + 100 * i) });
      for (let i = 0; on; i++) {
        const timestamp = START + i * 1000;
        sentAt[i] = performance.now();
        await bus.publish(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode({ ...chain, timestamp, seq: i }));
        published.push(timestamp);
        if (i % 4 === 0) await sleep(5);
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(300 + Math.random() * 400);
      victim.kill('SIGKILL');
      await victim.exited();
      processes.splice(processes.indexOf(victim), 1);
      victim = await worker();
    }
    on = false;
    await publishing;
    await bus.drained();
    const product = pricedChain({}).product;
    const expiry = pricedChain({}).expiry;
    const url = `${front.url}/api/data/chains/${product}?expiry=${expiry}&limit=10000`;
    const stored = await getAll<{ timestamp: string }, 'chains'>(url, 'chains');
    const redelivered = bus
      .stats()
      .find((each) => each.topic === MARKET_CHAINS.name && each.group === 'enricher');
    gaps.sort((a, b) => a - b);
    const [p99, longest] = [gaps[Math.floor(0.99 * gaps.length)], gaps.at(-1) ?? 0];
    process.stdout.write(
      `kill -9 of an enricher: ${KILLS} kills, ${published.length} published, ${stored.length} stored, ` +
        `${redelivered?.redeliveries} redelivered; publish to enriched p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms\n`,
    );
    expect(p99).toBeLessThan(5000);
    expect(stored.map(({ timestamp }) => Date.parse(timestamp))).toEqual(published);
    expect(bus.stats().every(({ lostTotal, deadLetters }) => lostTotal === 0 && deadLetters === 0)).toBe(
      true,
    );
    await bus.close();
  });

  it('ends within 10 s of SIGTERM, owing nothing', async () => {
    const worker = await start('--only', 'enricher');
    const bus = await createRedisBus({ url: server.url });
    const redelivered = () =>
      bus.stats().find((each) => each.topic === MARKET_CHAINS.name && each.group === 'enricher')
        ?.redeliveries ?? 0;
    const redeliveredBefore = redelivered();
    let enriched = 0;
    await bus.follow(ENRICHED_CHAINS.name, 'latest', () => void enriched++);
    const frame = MARKET_CHAINS.frames.encode(pricedChain({}));
    for (let i = 0; i < 200; i++) await bus.publish(MARKET_CHAINS.name, frame);
    const begun = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    processes.splice(processes.indexOf(worker), 1);
    const before = enriched;
    const heir = await start('--only', 'enricher');
    await expect.poll(() => enriched, { timeout: 10_000 }).toBe(200);
    expect(before).toBeGreaterThan(0);
    await expect
      .poll(() => bus.stats().find((each) => each.topic === MARKET_CHAINS.name)?.backlog, { timeout: 5000 })
      .toBe(0);
    // Longer than a frame would need to be delivered again.
    await sleep(4000);
    process.stdout.write(`SIGTERM: ${before} of 200 done before, the rest by the next process\n`);
    // What the first one left in its hands would have been delivered a second time.
    expect(redelivered()).toBe(redeliveredBefore);
    await heir.stop();
    await bus.close();
  });

  it('dlq lists, shows, replays and discards', async () => {
    const bus = await createRedisBus({ url: server.url });
    await start('--only', 'enricher');
    for (let i = 0; i < 3; i++) await bus.publish(MARKET_CHAINS.name, new TextEncoder().encode('no frame'));
    await expect.poll(() => bus.deadLetters(MARKET_CHAINS.name), { timeout: 10_000 }).toHaveLength(3);
    const dlq = async (...words: string[]) => runToExit(['dlq', ...words, '--bus', server.url]);
    const list = await dlq('list');
    expect(list.code).toBe(0);
    expect(list.output).toMatch(/3 dead letters/);
    const [id] = /message:market:chains:\S+/.exec(list.output) ?? [''];
    expect(list.output).toMatch(/enricher +1 tries +8 bytes +market:chains: frame is not a chain: version/);
    expect((await dlq('show', id)).output).toContain(`"payload_base64": "${btoa('no frame')}"`);
    expect((await dlq('discard', id)).output).toContain(`discarded ${id}`);
    expect(await dlq('discard', id)).toMatchObject({ code: 1 });
    expect((await dlq('replay', '--all', '--kind', 'message')).output.match(/^replayed /gm)).toHaveLength(2);
    // They are as malformed as before, and come back.
    await expect.poll(() => bus.deadLetters(MARKET_CHAINS.name), { timeout: 10_000 }).toHaveLength(2);
    const [ids] = [(await bus.deadLetters(MARKET_CHAINS.name)).map((letter) => letter.id)];
    expect(ids.join()).not.toContain(id.split(':').at(-1));
    expect((await dlq('replay')).output).toMatch(/say --all/);
    await bus.close();
  });
});

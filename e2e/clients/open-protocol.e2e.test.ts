import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../packages/server/src/testing/servers/redis-server.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An interpreter with `pip install "python-socketio[client]"`. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const succeeds = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const havePython = succeeds(PYTHON, '-c', 'import socketio, websocket');
// What builds the test server of MongoDB needs Go, so a clean run has it.
const haveGo = process.env.CI !== undefined || succeeds('go', 'version');
if (!havePython) process.stdout.write('Skipped: examples in Python (python-socketio is not installed).\n');
if (!haveGo) process.stdout.write('Skipped: examples in Go (there is no go).\n');

const PAGES = ['docs/open-protocol.md', 'docs/from-the-tutorial.md'];
const SNIPPETS = PAGES.flatMap((page) =>
  [...readFileSync(`${ROOT}${page}`, 'utf8').matchAll(/```(python|sh)\n([\s\S]*?)```/g)].map(
    ([, language, code], i) => ({ name: `${page} ${i + 1}`, language, code }),
  ),
);

interface Run {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], cwd = ROOT): Promise<Run> {
  const child = spawn(command, args, { cwd });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

describe.runIf(haveRedisServer)('programs in other languages', () => {
  const folder = temporaryFolder();
  let redis: RedisServer;
  let platform: PlatformProcess;
  beforeAll(async () => {
    redis = await startRedisServer();
    const places = ['--ingest-redis', redis.url, '--mirror', redis.url];
    platform = await startPlatform(['--data', folder.path, '--source', 'none', ...places]);
  });
  afterAll(async () => {
    await platform?.stop();
    await redis?.stop();
    folder.remove();
  });

  it.runIf(havePython)('in Python feed the platform and hear of it', async () => {
    const feeding = run(PYTHON, ['examples/python/feed.py', platform.url, '8']);
    // A room is there once its product is.
    await expect.poll(async () => (await fetch(`${platform.url}/api/data/chain/NIFTY`)).status).toBe(200);
    const consumer = await run(PYTHON, ['examples/python/consumer.py', platform.url, '4']);
    const feed = await feeding;
    expect(feed.status, feed.output).toBe(0);
    expect(feed.output).not.toMatch(/'rejected': [1-9]/);
    expect(consumer.status, consumer.output).toBe(0);
    expect(consumer.output).toMatch(/price NIFTY 24\d\d\d\.\d+ python/);
    expect(consumer.output).toMatch(/summary NIFTY \d{4}-\d{2}-\d{2} pcr 0\.9\n/);
    const chain = await (await fetch(`${platform.url}/api/data/chain/NIFTY`)).json();
    expect(chain).toMatchObject({ source: 'python', currency: 'INR', strike_count: 9 });
    expect(chain.calls[4].iv).toBeGreaterThan(0);
  });

  it.runIf(haveGo)('in Go feed the platform and read from it', async () => {
    const go = (name: string) => run('go', ['run', `./${name}`, platform.url, '3'], `${ROOT}examples/go`);
    const feed = await go('feed');
    expect(feed.output).toMatch(/200 \{"accepted":1,/);
    expect(feed.status).toBe(0);
    const consumer = await go('consumer');
    expect(consumer.output).toMatch(/price NIFTY 2420\d /);
    expect(consumer.status).toBe(0);
  });

  it.each(SNIPPETS)('as $name says', async ({ language, code }) => {
    if (language === 'python' && !havePython) return;
    const program = code
      .replaceAll('http://localhost:8000', platform.url)
      .replaceAll('redis://localhost:6379', redis.url);
    const [command, ...args] = [...(language === 'python' ? [PYTHON] : ['sh']), '-c', program];
    // What was sent a moment ago may not be shown yet.
    if (code.includes(' GET '))
      await expect.poll(async () => (await run(command, args)).output).toMatch(/^\{/);
    const { status, output } = await run(command, args);
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/'rejected': [1-9]|\(nil\)|"code"/);
    expect(output.trim()).not.toBe('');
    if (code.includes('PUBLISH')) expect(output.trim()).toMatch(/1$/);
  });

  it('has found the snippets', () => {
    expect(SNIPPETS.length).toBeGreaterThan(7);
  });
});

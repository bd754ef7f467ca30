import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ChainUpdate, PriceUpdate, SubscriptionResponse } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

/** An interpreter with `pip install "python-socketio[client]"`. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('../support/clients/python_client.py', import.meta.url));
const havePython = spawnSync(PYTHON, ['-c', 'import socketio, websocket'], { stdio: 'ignore' }).status === 0;
if (!havePython) {
  process.stdout.write(
    'Skipped: python-socketio (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

const PRICES = { type: 'product', symbol: 'NIFTY', interval_ms: 0 };
const CHAINS = { type: 'chain', symbol: 'NIFTY', mode: 'delta', strikes: { around_atm: 5 } };
const SECONDS = 4;

interface Received {
  readonly responses: SubscriptionResponse[];
  readonly prices: Map<number, PriceUpdate>;
  readonly chains: Map<number, ChainUpdate>;
}

describe.runIf(havePython)('python-socketio', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path, '--products', 'NIFTY', '--ticks-per-second', '5']);
  });
  afterAll(async () => {
    await platform.stop();
    folder.remove();
  });

  it.each([['websocket'], ['polling']])(
    'receives over %s what socket.io-client receives',
    async (transport) => {
      const hearing = receiveWithPython(platform.url, transport);
      const [python, node] = await Promise.all([hearing, receiveWithNode(platform.url, hearing)]);
      expect(python.responses.map(termsOf)).toEqual(node.responses.map(termsOf));
      expect(python.responses).toMatchObject([
        { room: 'product:NIFTY' },
        { room: 'chain:NIFTY', mode: 'delta' },
      ]);
      for (const [mine, theirs] of [
        [python.prices, node.prices],
        [python.chains, node.chains],
      ] as const) {
        const both = [...mine.keys()].filter((seq) => theirs.has(seq));
        expect(both.length).toBeGreaterThan(3);
        for (const seq of both) expect(mine.get(seq)).toEqual(theirs.get(seq));
      }
    },
  );
});

/** What was granted, without the moment at which it was asked for. */
function termsOf(response: SubscriptionResponse) {
  if (!response.ok) return response;
  const { room, interval_ms, mode, strikes, resumed, epoch } = response;
  return { room, interval_ms, mode, strikes, resumed, epoch };
}

async function receiveWithPython(url: string, transport: string): Promise<Received> {
  const args = [SCRIPT, url, transport, JSON.stringify([PRICES, CHAINS]), String(SECONDS)];
  const { stdout } = await promisify(execFile)(PYTHON, args, {
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; payload: never });
  const of = <T>(kind: string): T[] =>
    lines.filter((line) => line.kind === kind).map(({ payload }) => payload as T);
  expect(of('connected')).toHaveLength(1);
  // More than one where the platform, which has just begun, is still learning what is there.
  expect(of('market_status').at(-1)).toMatchObject({ status: 'live' });
  expect(of('products')).toEqual([{ ok: true, products: ['NIFTY'] }]);
  expect(of('error')).toEqual([]);
  return {
    responses: of('answer'),
    prices: bySeq(of<PriceUpdate>('price_update')),
    chains: bySeq(of<ChainUpdate>('chain_update').filter(({ kind }) => kind === 'delta')),
  };
}

async function receiveWithNode(url: string, meanwhile: Promise<unknown>): Promise<Received> {
  const socket = io(url, { transports: ['websocket'] });
  const prices: PriceUpdate[] = [];
  const chains: ChainUpdate[] = [];
  socket.on('price_update', (update: PriceUpdate) => prices.push(update));
  socket.on('chain_update', (update: ChainUpdate) => chains.push(update));
  const responses: SubscriptionResponse[] = [];
  for (const request of [PRICES, CHAINS]) responses.push(await socket.emitWithAck('subscribe', request));
  await meanwhile;
  socket.close();
  return { responses, prices: bySeq(prices), chains: bySeq(chains.filter(({ kind }) => kind === 'delta')) };
}

const bySeq = <T extends { seq: number }>(updates: readonly T[]): Map<number, T> =>
  new Map(updates.map((update) => [update.seq, update]));

import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXPORT_FORMATS, type ExportOrder, type ExportView } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { NOON, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createOperations } from '../service.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';
import { createEncodingThread } from './encoding-thread.ts';
import { createExportStreams } from './export-stream.ts';
import { writeExport } from './write-export.ts';

const ORDER: ExportOrder = {
  kind: 'ticks',
  product: 'NIFTY',
  from: '2026-08-19T12:00:00Z',
  to: '2036-08-20T00:00:00Z',
};
const SHORT = { ...ORDER, to: '2026-08-19T13:00:00Z' };

let reads: number;
/** A price each second, for ten years. */
const store = {
  products: async () => [
    { product: 'NIFTY', currency: 'INR', price: 1, previousClose: null, timestamp: NOON },
  ],
  async ticks(_product: string, { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit: number }) {
    reads += 1;
    const first = Math.ceil(fromMs / 1000);
    const count = Math.min(limit, Math.ceil(toMs / 1000) - first);
    return Array.from({ length: count }, (_, i) => tickAt((first + i) * 1000, { price: i }));
  },
} as unknown as MarketReader;

const closing: (() => unknown)[] = [];
let folder: string;
beforeEach(() => {
  reads = 0;
  folder = mkdtempSync(join(tmpdir(), 'export-stream-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});
const streamsWith = (limits: Partial<TransferLimits> = {}) => {
  const streams = createExportStreams(store, { ...TRANSFERS.defaults, ...limits });
  closing.push(streams.close);
  return streams;
};
const alive = () => new AbortController().signal;

it.each(EXPORT_FORMATS)('of %s has the bytes of the file', async (format) => {
  const order = { ...SHORT, format };
  const path = join(folder, 'file');
  const encoder = createEncodingThread();
  await writeExport({ store, encoder }, order, path, async () => undefined, alive());
  await encoder.close();
  const streamed = await buffer(await streamsWith().open(order, alive()));
  expect(streamed.equals(readFileSync(path))).toBe(true);
  expect(streamed.length).toBeGreaterThan(10_000);
});

it('is read from the store no faster than it is taken', async () => {
  const stream = await streamsWith().open(ORDER, alive());
  const before = reads;
  await sleep(300);
  expect(reads).toBeLessThanOrEqual(Math.max(before, 2));
  let taken = 0;
  for await (const piece of stream) {
    taken += piece.length;
    if (taken > 15_000_000) break;
  }
  expect(reads).toBeGreaterThan(2);
  const after = reads;
  await sleep(100);
  expect(reads).toBeLessThanOrEqual(after + 1);
});

it('ends when its time is over, also while nobody takes anything, and leaves its place to another', async () => {
  const streams = streamsWith({ exportMaxStreams: 1, exportStreamMs: 50 });
  const stream = await streams.open(ORDER, alive());
  const failed = once(stream, 'error');
  await expect(streams.open(ORDER, alive())).rejects.toMatchObject({ code: 'unavailable' });
  const [error] = await failed;
  expect(error).toMatchObject({ name: 'AbortError' });
  await expect.poll(() => streams.open(SHORT, alive()).then((next) => next.destroy())).toBeDefined();
});

it('ends nothing else when who asked is gone before anybody listens', async () => {
  const gone = new AbortController();
  const stream = await streamsWith().open(ORDER, gone.signal);
  gone.abort();
  await expect.poll(() => stream.closed).toBe(true);
  expect(stream.errored).toMatchObject({ name: 'AbortError' });
});

it('is refused as a file is, and takes no place then', async () => {
  const streams = streamsWith({ exportMaxStreams: 1 });
  for (let i = 0; i < 3; i++) {
    await expect(streams.open({ ...ORDER, product: 'UNHEARD' }, alive())).rejects.toMatchObject({
      code: 'unknown_product',
    });
  }
  await buffer(await streams.open(SHORT, alive()));
});

async function serve(settings: Partial<TransferLimits> = {}) {
  const tokens = await createTokens();
  const [bus, queue] = [createMemoryBus(), createMemoryQueue()];
  const service = createOperations(
    {
      ...{ bus, queue, store, logger: silentLogger, verifier: tokens.verifier },
      openRecording: async () => Promise.reject(new Error('nothing is imported here')),
    },
    { folder, importRefusal: null, reportMs: 20, ...settings },
  );
  const app = createServiceApp({ logger: silentLogger, verifier: tokens.verifier, tokensRequired: false });
  if (service.routes) await app.register(service.routes);
  await service.start();
  await app.listen({ port: 0, host: '127.0.0.1' });
  closing.push(
    () => bus.close(),
    () => queue.close(),
    () => app.close(),
    () => service.stop(),
  );
  const headers = { authorization: `Bearer ${await tokens.tokenOf('admin')}` };
  const { port } = app.server.address() as { port: number };
  const call = async (method: 'GET' | 'POST', path: string, payload?: object) => {
    const response = await app.inject({ method, url: `/api/admin/exports${path}`, headers, payload });
    return { status: response.statusCode, body: response.json() };
  };
  const open = async (order: ExportOrder): Promise<IncomingMessage> => {
    const query = new URLSearchParams(order as Record<string, string>);
    const request = get({ port, path: `/api/admin/exports/stream?${query}`, headers });
    request.on('error', () => undefined);
    return (await once(request, 'response'))[0];
  };
  return { call, open };
}

it('is sent over HTTP as its format, ends with the client, and is refused before its first byte', async () => {
  const { open } = await serve({ exportMaxStreams: 1 });
  const complete = await open({ ...SHORT, format: 'parquet' });
  expect(complete.headers).toMatchObject({
    'content-type': 'application/vnd.apache.parquet',
    'content-disposition': expect.stringContaining('.parquet"'),
  });
  expect((await buffer(complete)).subarray(-4).toString()).toBe('PAR1');
  const left = await open(ORDER);
  expect(left.statusCode).toBe(200);
  const refused = await open(ORDER);
  expect([refused.statusCode, JSON.parse((await buffer(refused)).toString()).code]).toEqual([
    503,
    'unavailable',
  ]);
  left.destroy();
  await expect
    .poll(async () => {
      const next = await open(SHORT);
      await buffer(next);
      return next.statusCode;
    })
    .toBe(200);
  const after = reads;
  await sleep(100);
  expect(reads).toBe(after);
  expect((await open({ ...SHORT, to: SHORT.from })).statusCode).toBe(400);
});

it('cancels an export that runs and one that waits, and leaves nothing of them', async () => {
  const { call } = await serve();
  const add = async (order: ExportOrder) => (await call('POST', '', order)).body as ExportView;
  const running = await add(ORDER);
  const waiting = await add({ ...ORDER, format: 'parquet' });
  const look = async (id: string) => (await call('GET', `/${id}`)).body as ExportView;
  await expect.poll(async () => (await look(running.id)).progress?.rows ?? 0).toBeGreaterThan(0);
  for (const { id } of [waiting, running]) {
    expect((await call('POST', `/${id}/cancel`)).status).toBe(200);
  }
  for (const { id } of [running, waiting]) {
    await expect.poll(async () => (await look(id)).state).toBe('done');
    expect((await look(id)).progress).toMatchObject({ cancelled: true });
    expect((await call('POST', `/${id}/cancel`)).body).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('at its end'),
    });
  }
  expect((await call('POST', '/unheard/cancel')).body.code).toBe('not_found');
  expect(readdirSync(join(folder, 'exports'), { recursive: true })).toEqual(['.cancelled']);
  // The same again is a job of its own.
  const again = await add(SHORT);
  await expect.poll(async () => (await look(again.id)).state).toBe('done');
  expect((await look(again.id)).progress).toMatchObject({ cancelled: false, rows: 3600 });
});

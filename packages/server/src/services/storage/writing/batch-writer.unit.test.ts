import { describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { createBatchWriter } from './batch-writer.ts';

const SETTINGS = { batchMessages: 3, batchMs: 5, retryMs: 1, maxRetryMs: 4, stopTimeoutMs: 50 };
const down = new DeltaStreamError('store_failed', 'disk full');

function writerOver(put: (items: readonly number[]) => Promise<void>) {
  const seen: string[] = [];
  const writer = createBatchWriter<number>(put, SETTINGS, {
    stored: (count) => seen.push(`stored ${count}`),
    refused: () => seen.push('refused'),
    failed: (reason) => seen.push(reason),
    recovered: () => seen.push('recovered'),
  });
  return { writer, seen };
}

describe('batch writer', () => {
  it('writes what comes together in batches up to the bound, and the rest after a moment', async () => {
    const batches: number[][] = [];
    const { writer } = writerOver(async (items) => {
      batches.push([...items]);
    });
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map(writer.write));
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it('resolves no item before its batch is written', async () => {
    const written = Promise.withResolvers<void>();
    const { writer } = writerOver(() => written.promise);
    let resolved = false;
    const write = writer.write(1).then(() => {
      resolved = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(resolved).toBe(false);
    written.resolve();
    await write;
  });

  it('keeps trying while the store is down, and says so meanwhile', async () => {
    let tries = 0;
    const up = Promise.withResolvers<void>();
    const { writer, seen } = writerOver(async () => {
      tries += 1;
      if (tries === 8) up.resolve();
      if (tries < 8) throw down;
      await up.promise;
    });
    const write = writer.write(1);
    await up.promise;
    expect(writer.failure()).toBe('disk full');
    await write;
    expect(writer.failure()).toBeNull();
    expect(tries).toBe(8);
    expect(seen.slice(-2)).toEqual(['recovered', 'stored 1']);
  });

  it('refuses the item that can never be stored, and no other', async () => {
    const bad = new DeltaStreamError('malformed_message', 'wrong shape', { permanent: true });
    const stored: number[] = [];
    const { writer, seen } = writerOver(async (items) => {
      if (items.includes(2)) throw bad;
      stored.push(...items);
    });
    const results = await Promise.allSettled([1, 2, 3].map(writer.write));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored).toEqual([1, 3]);
    expect(seen.filter((each) => each === 'refused')).toHaveLength(1);
    expect(writer.failure()).toBeNull();
  });

  it('writes what it holds when it is stopped, and takes no more', async () => {
    const stored: number[] = [];
    const { writer } = writerOver(async (items) => {
      stored.push(...items);
    });
    const write = writer.write(1);
    await Promise.all([writer.stop(), writer.stop()]);
    await write;
    expect(stored).toEqual([1]);
    await expect(writer.write(2)).rejects.toMatchObject({ code: 'stopped', permanent: false });
  });

  it.each([
    ['is down', () => Promise.reject(down)],
    ['hangs', () => new Promise<void>(() => {})],
  ])('gives up after the stop timeout when the store %s; its items stay unacknowledged', async (_, put) => {
    const { writer } = writerOver(put);
    const write = expect(writer.write(1)).rejects.toMatchObject({ code: 'stopped', permanent: false });
    await writer.stop();
    await write;
  });
});

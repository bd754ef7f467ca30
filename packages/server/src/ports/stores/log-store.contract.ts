import { afterEach, describe, expect, it } from 'vitest';
import { type LogEntry, type LogStore, NO_CONTEXT } from './log-store.ts';

const entry = (n: number, fields: Partial<LogEntry> = {}): LogEntry => ({
  timestamp: 1_787_000_000_000 + n,
  level: 'info',
  service: 'feed',
  message: `entry ${n}`,
  ...NO_CONTEXT,
  fields: {},
  ...fields,
});

const messages = (entries: readonly LogEntry[]) => entries.map(({ message }) => message);

export interface LogStoreUnderTest {
  readonly store: LogStore;
  /** Closes the store, if it is open, and opens its place again. */
  reopen(): Promise<LogStore>;
}

/** What every log store must do. `open` resolves with an empty store that keeps at most `maxRows` entries. */
export function logStoreContract(name: string, open: (maxRows: number) => Promise<LogStoreUnderTest>): void {
  describe(`log store: ${name}`, () => {
    let store: LogStore;
    let reopen: () => Promise<LogStore>;
    const start = async (maxRows = 10_000) => {
      ({ store, reopen } = await open(maxRows));
    };
    afterEach(() => store.close());

    it('returns complete entries, newest first', async () => {
      await start();
      const rich = entry(1, {
        level: 'error',
        event: 'chain_processing_failed',
        request_id: 'r-1',
        trace_id: '5b8efff798038103d269b633813fc60c',
        span_id: 'eee19b7ec3c1b174',
        user_id: '123',
        product: 'NIFTY',
        fields: { nested: { list: [1, null, 'ü'] } },
      });
      await store.append([entry(0), rich]);
      const [first, second] = await store.query({ limit: 10 });
      expect(first).toEqual({ ...rich, id: first.id });
      expect(second).toEqual({ ...entry(0), id: second.id });
      expect(first.id).toBeGreaterThan(second.id);
    });

    it('keeps the order of appends that overlap', async () => {
      await start();
      const appends = Array.from({ length: 20 }, (_, i) => store.append([entry(2 * i), entry(2 * i + 1)]));
      await Promise.all(appends);
      const expected = Array.from({ length: 40 }, (_, i) => `entry ${39 - i}`);
      expect(messages(await store.query({ limit: 100 }))).toEqual(expected);
    });

    it('accepts an empty append', async () => {
      await start();
      await store.append([]);
      expect(await store.query({ limit: 10 })).toEqual([]);
    });

    it('filters by level and above, by service, and by time with the end left out', async () => {
      await start();
      await store.append([
        entry(0, { level: 'debug' }),
        entry(1, { level: 'warn' }),
        entry(2, { level: 'fatal', service: 'auth' }),
        entry(3, { level: 'info', service: 'auth' }),
      ]);
      const query = async (filter: object) => messages(await store.query({ limit: 10, ...filter }));
      expect(await query({ minLevel: 'warn' })).toEqual(['entry 2', 'entry 1']);
      expect(await query({ service: 'auth' })).toEqual(['entry 3', 'entry 2']);
      expect(await query({ service: 'auth', minLevel: 'error' })).toEqual(['entry 2']);
      expect(await query({ service: 'aut%' })).toEqual([]);
      expect(await query({ fromMs: entry(1).timestamp, toMs: entry(3).timestamp })).toEqual([
        'entry 2',
        'entry 1',
      ]);
    });

    it('continues from an id without repeating or leaving out, while entries arrive', async () => {
      await start();
      await store.append(Array.from({ length: 10 }, (_, i) => entry(i)));
      const seen: string[] = [];
      for (let beforeId: number | undefined; ; ) {
        const page = await store.query({ limit: 4, beforeId });
        if (page.length === 0) break;
        seen.push(...messages(page));
        beforeId = page.at(-1)!.id;
        await store.append([entry(100)]);
      }
      expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `entry ${9 - i}`));
    });

    it('keeps its bound, and the oldest go first', async () => {
      await start(100);
      for (let i = 0; i < 5; i++) {
        await store.append(Array.from({ length: 30 }, (_, j) => entry(i * 30 + j)));
      }
      const kept = await store.query({ limit: 1000 });
      expect(messages(kept)).toEqual(Array.from({ length: 100 }, (_, i) => `entry ${149 - i}`));
      await store.append(Array.from({ length: 250 }, (_, i) => entry(1000 + i)));
      expect(await store.query({ limit: 1000 })).toHaveLength(100);
    });

    it('keeps entries, and their ids rising, when it is opened again', async () => {
      await start();
      await store.append([entry(0)]);
      const [before] = await store.query({ limit: 1 });
      store = await reopen();
      await store.append([entry(1)]);
      const [after, same] = await store.query({ limit: 2 });
      expect(same).toEqual(before);
      expect(after.id).toBeGreaterThan(before.id);
    });

    it('completes an append that is under way when it closes, closes twice, and says that it is closed', async () => {
      await start();
      const append = store.append([entry(0)]);
      await Promise.all([store.close(), store.close()]);
      await append;
      await expect(store.append([entry(1)])).rejects.toMatchObject({ code: 'stopped' });
      await expect(store.query({ limit: 1 })).rejects.toMatchObject({ code: 'stopped' });
      store = await reopen();
      expect(messages(await store.query({ limit: 10 }))).toEqual(['entry 0']);
    });
  });
}

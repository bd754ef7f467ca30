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

/** What every log store must do. `open` resolves with an empty store. */
export function logStoreContract(name: string, open: () => Promise<LogStoreUnderTest>): void {
  describe(`log store: ${name}`, () => {
    let store: LogStore;
    let reopen: () => Promise<LogStore>;
    const start = async () => {
      ({ store, reopen } = await open());
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

    it('ends a page early where it would be too long, and says so', async () => {
      await start();
      const long = (n: number) => entry(n, { message: `${n}`.padEnd(1_000, 'x') });
      await store.append(Array.from({ length: 50 }, (_, n) => long(n)));
      for (const order of ['id', 'newest', 'oldest'] as const) {
        const all = await store.query({ limit: 50, order });
        const { entries, isCut } = await store.page({ limit: 40, order }, 10_000);
        expect(isCut).toBe(true);
        expect(entries.length).toBeGreaterThan(5);
        expect(entries.length).toBeLessThan(10);
        expect(entries).toEqual(all.slice(0, entries.length));
      }
      expect(await store.page({ limit: 4 }, 100_000)).toMatchObject({ isCut: false });
      const one = await store.page({ limit: 4 }, 1);
      expect({ count: one.entries.length, isCut: one.isCut }).toEqual({ count: 1, isCut: true });
    });

    it('keeps what lines of loggers say, in their order among entries, whatever a line is', async () => {
      await start();
      const rules = { maxLine: 1_000, maxMessage: 10, nowMs: entry(7).timestamp };
      const line = {
        level: 'warn',
        timestamp: entry(1).timestamp,
        service: 'auth',
        event: 'login_failed',
        user_id: '123',
        attempts: 3,
        message: 'a long message',
      };
      await store.appendLines([], rules);
      const appends = [
        store.appendLines([`${JSON.stringify(line)}\n`, 'a warning\nof two lines\n', ''], rules),
        store.append([entry(9)]),
        store.appendLines(
          [
            JSON.stringify(line, null, 2),
            { bytes: Buffer.from(`ü\n${JSON.stringify(line)}\n`), count: 2 },
            JSON.stringify({ data: 'd'.repeat(2_000) }),
          ],
          rules,
        ),
      ];
      await Promise.all(appends);
      const found = (await store.query({ limit: 10 })).map(({ id: _, ...rest }) => rest).toReversed();
      const said = entry(1, {
        ...{ level: 'warn', service: 'auth', message: 'a long mes', event: 'login_failed', user_id: '123' },
        fields: { attempts: 3 },
      });
      const unnamed = entry(7, { service: 'deltastream', message: '' });
      expect(found).toEqual([
        said,
        { ...unnamed, message: 'a warning\n' },
        unnamed,
        entry(9),
        said,
        { ...unnamed, message: 'ü' },
        said,
        { ...unnamed, fields: { fields_left_out_of_characters: 2_011 } },
      ]);
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

    it('finds text in messages and fields, whatever the case, and nothing of what only identifies', async () => {
      await start();
      await store.append([
        entry(0, { message: 'Venue "silent" für 5 s', trace_id: 'a'.repeat(32) }),
        entry(1, { message: 'tick', fields: { note: 'Venue away', nested: { retries: 3 } } }),
        entry(2, { message: 'tick', fields: { retries: 30 } }),
      ]);
      const query = async (filter: object) => messages(await store.query({ limit: 10, ...filter }));
      expect(await query({ texts: ['VENUE'] })).toEqual(['tick', 'Venue "silent" für 5 s']);
      expect(await query({ texts: ['"silent" FÜR'] })).toEqual(['Venue "silent" für 5 s']);
      expect(await query({ texts: ['venue', 'away'] })).toEqual(['tick']);
      expect(await query({ texts: ['aaaaa'] })).toEqual([]);
      expect(await query({ fields: [{ path: 'nested.retries', value: '3' }] })).toEqual(['tick']);
      expect(await query({ fields: [{ path: 'retries', value: '3' }] })).toEqual([]);
    });

    it('finds what an entry is about: event, product, account, request, trace', async () => {
      await start();
      const about = {
        event: 'chain_processing_started',
        product: 'NIFTY',
        user_id: '123',
        request_id: 'r-1',
        trace_id: 'b'.repeat(32),
      };
      await store.append([entry(0, about), entry(1), entry(2, { ...about, user_id: '124', event: 'other' })]);
      const query = async (filter: object) => messages(await store.query({ limit: 10, ...filter }));
      expect(await query({ event: 'chain_processing_started', userId: '123' })).toEqual(['entry 0']);
      expect(await query({ product: 'NIFTY' })).toEqual(['entry 2', 'entry 0']);
      expect(await query({ requestId: 'r-1' })).toEqual(['entry 2', 'entry 0']);
      expect(await query({ traceId: 'b'.repeat(32), event: 'other' })).toEqual(['entry 2']);
      expect(await query({ traceId: 'c'.repeat(32) })).toEqual([]);
    });

    it('orders by time where that is asked for', async () => {
      await start();
      await store.append([entry(5), entry(1), entry(3)]);
      const query = async (order: 'newest' | 'oldest') => messages(await store.query({ limit: 2, order }));
      expect(await query('newest')).toEqual(['entry 5', 'entry 3']);
      expect(await query('oldest')).toEqual(['entry 1', 'entry 3']);
    });

    it('counts by names and steps of time, and refuses more groups than are asked for', async () => {
      await start();
      await store.append([
        entry(0, { level: 'error', product: 'NIFTY' }),
        entry(500, { level: 'error', product: 'NIFTY', fields: { status: 503 } }),
        entry(1_500, { level: 'error', fields: { status: 503 } }),
        entry(1_600, { product: 'NIFTY' }),
      ]);
      const count = async (filter: object, by: string[], stepMs: number | null = null) =>
        (await store.count(filter, { by, stepMs, maxGroups: 3 })).map((group) => [
          group.fromMs,
          ...group.values,
          group.count,
        ]);
      const at = entry(0).timestamp;
      expect(await count({ levels: ['error'] }, ['product'])).toEqual([
        [null, 'NIFTY', 2],
        [null, null, 1],
      ]);
      expect(await count({}, ['level'], 1_000)).toEqual([
        [at, 'error', 2],
        [at + 1_000, 'error', 1],
        [at + 1_000, 'info', 1],
      ]);
      expect(await count({ texts: ['503'] }, ['status'])).toEqual([[null, '503', 2]]);
      await expect(store.count({}, { by: ['level'], stepMs: 1, maxGroups: 3 })).rejects.toMatchObject({
        code: 'invalid_request',
      });
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

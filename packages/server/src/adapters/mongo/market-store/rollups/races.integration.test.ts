import { setTimeout as sleep } from 'node:timers/promises';
import { createColumns, LAST_INSTANT_MS, PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_HOUR_MS } from '../../../../codec/figure-block.ts';
import {
  EXPIRY,
  MINUTE_MS,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../../../ports/stores/market/market-store.fixture.ts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { ALL, collect, DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../../testing/servers/mongo-server.ts';
import type { RolledStore, RollingMarketStore } from '../../../rollups/rollups.ts';
import { connectMongo, type MongoConnection } from '../../connect.ts';
import { createMongoMarketStore } from '../market-store-mongo.ts';
import { marksOf } from '../marks.ts';
import { removalOf } from '../past-places.ts';
import { retentionOf } from './collections.ts';
import { CHANGES_AND_READS, interrupted } from './interrupted.fixture.ts';
import { createRetention } from './retention.ts';
import { createRolledStore } from './rolled-store.ts';

const LEASE_MS = 60_000;
/** Noon of a day that is over. */
const OLD = (Math.floor(Date.now() / DAY_MS) - 30) * DAY_MS + DAY_MS / 2;
/** How often it is looked whether a put waits for a removal. */
const POLL_MS = 5;

const chainAt = (timestamp: number, seq: number) =>
  storableChain({ timestamp, seq, columns: createColumns(0, 'enriched') });
const figuresAt = (timestamp: number, iv: number): StoredProductFigures => {
  const values = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, iv]));
  return {
    product: 'NIFTY',
    timestamp,
    as_of: timestamp,
    progress: timestamp,
    values,
  } as StoredProductFigures;
};

describe.runIf(haveMongo)('a put to MongoDB at any moment', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.stop());

  let store: RollingMarketStore;
  /** That of another process than the one that is interrupted. */
  let connection: MongoConnection;

  /** True while a put waits for a removal from one of its places. */
  const putWaits = async (): Promise<boolean> => {
    const open = await marksOf(connection.db).find({ state: 'open' }).toArray();
    const places = open.flatMap(({ writing_to }) => writing_to ?? []);
    return (await retentionOf(connection.db).findOne({ _id: { $in: places.map(removalOf) } })) !== null;
  };

  /**
   * Runs `work` again and again on a fresh database, with `other` before its first operation, its second, and so on. Each goes
   * on only while the other waits or has ended, whatever the machine is busy with: the server of the tests does not update in
   * one step, so two processes cannot write to it at the same time, only in any order.
   */
  const atEachMoment = async (
    fill: () => Promise<void>,
    work: (connection: MongoConnection) => Promise<unknown>,
    other: () => Promise<unknown>,
    then: () => Promise<void>,
    moments?: ReadonlySet<string | symbol>,
  ): Promise<number> => {
    for (let moment = 0; ; moment++) {
      const database = uniqueDatabase();
      // Connections to one address take turns, as those of one process have to; this one is of another.
      const elsewhere = server.url.replace('127.0.0.1', 'localhost');
      const [working, another] = await Promise.all(
        [elsewhere, server.url].map((url) => connectMongo({ url, database }, '')),
      );
      connection = another;
      store = await createMongoMarketStore({ url: server.url, database });
      let operations = 0;
      let happening: Promise<unknown> | null = null;
      let isOver = false;
      const interrupt = async () => {
        if (operations++ === moment) {
          happening = other().finally(() => {
            isOver = true;
          });
        }
        while (happening !== null && !isOver && !(await putWaits())) {
          await Promise.race([happening, sleep(POLL_MS)]);
        }
      };
      try {
        await fill();
        await work(interrupted(working, interrupt, moments));
        await happening;
        if (operations <= moment) return moment;
        await then();
      } finally {
        await store.close();
        await connection.db.dropDatabase();
        await Promise.all([working.close(), another.close()]);
      }
    }
  };
  const rolledOn = (on: MongoConnection) => createRolledStore(on);
  const rollMarked = async (rolled: Pick<RolledStore, 'marked' | 'roll'>) => {
    await rolled.roll(await rolled.marked(LAST_INSTANT_MS, null));
  };
  const pcrs = async (times: readonly number[]) => {
    const starts = times.toSorted((a, b) => a - b);
    const end = starts[starts.length - 1] + MINUTE_MS;
    const found = await store.lastSummaries('NIFTY', EXPIRY, starts, end, ['pcr_oi']);
    return found.map(({ timestamp }) => timestamp);
  };

  it('is rolled up while its hour, or one that had no rows, is claimed and rolled up by two processes', async () => {
    const hours = [0, 4].map((hour) => OLD + hour * BLOCK_HOUR_MS);
    // Of the hour that is rolled up, of those between it and the next, and of that.
    const late = [1, 61, 121, 190, 245].map((minute) => OLD + minute * MINUTE_MS);
    const moments = await atEachMoment(
      async () => {
        await store.putSnapshots([chainAt(hours[0], 1)]);
        await store.rollUpAll();
        await store.putSnapshots([chainAt(hours[1], 2), chainAt(OLD + 30 * MINUTE_MS, 3)]);
      },
      async (on) => {
        await rolledOn(on).claim(LAST_INSTANT_MS);
        await rollMarked(rolledOn(on));
      },
      async () => {
        await rollMarked(rolledOn(connection));
        await store.putSnapshots(late.map((timestamp, i) => chainAt(timestamp, 10 + i)));
      },
      async () => {
        await store.rollUpAll();
        const all = [...hours, OLD + 30 * MINUTE_MS, ...late];
        expect(await pcrs(all)).toEqual(all.toSorted((a, b) => a - b));
      },
    );
    expect(moments).toBeGreaterThan(5);
  });

  it('replaces figures of its instant while two processes roll them up', async () => {
    const before = storableChain({ timestamp: OLD, seq: 1 });
    const after = storableChain({ timestamp: OLD, seq: 2 });
    const pcr = async () =>
      (await store.lastSummaries('NIFTY', EXPIRY, [OLD], OLD + MINUTE_MS, ['pcr_oi']))[0].pcr_oi;
    const moments = await atEachMoment(
      async () => {
        await store.putSnapshots([before]);
        await rolledOn(connection).claim(LAST_INSTANT_MS);
      },
      (on) => rollMarked(rolledOn(on)),
      async () => {
        await store.putSnapshots([after]);
        await rollMarked(rolledOn(connection));
      },
      async () => {
        await store.rollUpAll();
        expect(await pcr()).toBe(after.summary.pcr_oi);
      },
      CHANGES_AND_READS,
    );
    expect(moments).toBeGreaterThan(5);
  });

  it('is neither lost nor counted wrong while its day is dropped', async () => {
    const late = [20 * MINUTE_MS, 5 * BLOCK_HOUR_MS].map((ms) => OLD + ms);
    const before = OLD + 5 * DAY_MS;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    const retain = (on: MongoConnection) =>
      createRetention(on, LEASE_MS, undefined)(bounds, new AbortController().signal);
    const moments = await atEachMoment(
      async () => {
        await store.putSnapshots([chainAt(OLD, 1)]);
        await store.putTicks([tickAt(OLD)], []);
        await store.putProductFigures([figuresAt(OLD, 1)]);
        await store.rollUpAll();
      },
      retain,
      () =>
        Promise.all([
          store.putSnapshots(late.map((timestamp, i) => chainAt(timestamp, 10 + i))),
          store.putTicks([tickAt(OLD + MINUTE_MS)], []),
          store.putProductFigures([figuresAt(OLD + 1000, 2)]),
        ]),
      async () => {
        const read = async () => [
          await pcrs([OLD, ...late]),
          (await store.lastProductFigures('NIFTY', [OLD], OLD + MINUTE_MS, ['iv_30d']))[0].values.iv_30d,
        ];
        expect(await read()).toEqual([[OLD, ...late], 2]);
        await store.rollUpAll();
        const ticks = (await store.ticks('NIFTY', ALL)).length;
        const snapshots = (await collect(store.snapshots('NIFTY', EXPIRY, ALL))).length;
        expect(await store.counts()).toMatchObject({ snapshots, ticks });
        await retain(connection);
        expect(await read()).toEqual([[OLD, ...late], 2]);
        expect(await store.counts()).toMatchObject({ snapshots: 0, quotes: 0, ticks: 0 });
      },
    );
    expect(moments).toBeGreaterThan(5);
  });

  it('keeps its quotes findable and counted while those of its day are removed', async () => {
    const bounds = { snapshotsBeforeMs: OLD + 5 * DAY_MS, rowsBeforeMs: null, minutesBeforeMs: null };
    const chains = [
      storableChain({ timestamp: OLD }),
      storableChain({ timestamp: OLD, expiry: '2030-01-01' }),
    ];
    await atEachMoment(
      () => store.putSnapshots([chains[0]]),
      (on) => createRetention(on, LEASE_MS, undefined)(bounds, new AbortController().signal),
      () => store.putSnapshots([{ ...chains[0], seq: 7 }, chains[1]]),
      async () => {
        const held = (await connection.db
          .collection(`snapshots_${new Date(OLD).toISOString().slice(0, 10).replaceAll('-', '')}`)
          .find({ data: { $exists: true } })
          .toArray()) as unknown as { readonly expiry: string }[];
        const found = await Promise.all(
          chains.map(({ expiry }) => collect(store.snapshots('NIFTY', expiry, ALL))),
        );
        expect(found.flat().map(({ expiry }) => expiry)).toEqual(held.map(({ expiry }) => expiry).toSorted());
        const { length } = held;
        expect(await store.counts()).toMatchObject({ snapshots: length, quotes: length * QUOTES_OF_CHAIN });
      },
    );
  });
});

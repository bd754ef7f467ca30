import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MongoClient } from 'mongodb';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMongoUserStore } from '../../../adapters/mongo/user-store/user-store-mongo.ts';
import { createPostgresUserStore } from '../../../adapters/postgres/user-store/user-store-postgres.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import type { AuditMark, AuditRecord } from '../../../ports/stores/audit/audit-store.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { haveMongo, startMongoServer, uniqueDatabase } from '../../../testing/servers/mongo-server.ts';
import { havePostgres, startPostgresServer, uniqueSchema } from '../../../testing/servers/postgres-server.ts';
import { linkEvents, markAs } from './audit-chain.ts';
import { appendEvents } from './audit-trail.ts';
import { verifyTrail } from './verify-trail.ts';

const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);
const event = (i: number) => ({
  at: 1_787_000_000_000 + i,
  event: 'login_refused',
  details: { ip: `10.0.0.${i}` },
});
const EVENTS = Array.from({ length: 12 }, (_, i) => event(i));

/** What somebody can do who may write to the database: past the store, straight to its rows. */
interface Hand {
  put(record: AuditRecord): Promise<void>;
  remove(...seqs: number[]): Promise<void>;
  mark(name: 'anchor' | 'head', mark: AuditMark): Promise<void>;
  unmark(name: 'anchor' | 'head'): Promise<void>;
  close(): Promise<void>;
}
interface Stand {
  open(): Promise<UserStore>;
  hand(): Promise<Hand>;
}

function tamperedTrails(name: string, createStand: () => Promise<Stand>): void {
  describe(name, () => {
    /** A trail of 13 events (the first says that it begins), changed by a hand. */
    const broken = async (change: (hand: Hand, records: AuditRecord[]) => Promise<void>, options = {}) => {
      const stand = await createStand();
      const store = await stand.open();
      await appendEvents(store, KEY, EVENTS);
      const records = await store.auditFrom(1, 100);
      expect(await verifyTrail({ store, key: KEY, limit: 100 })).toMatchObject({ broken: null, checked: 13 });
      const hand = await stand.hand();
      await change(hand, records);
      const result = await verifyTrail({ store, key: KEY, limit: 100, ...options });
      await hand.close();
      await store.close();
      return result.broken && [result.broken.fault, result.broken.seq];
    };

    it.each(['at', 'event', 'details', 'hash', 'mac', 'version'] as const)(
      'tells a changed %s',
      async (field) => {
        const faults = { mac: 'forged', version: 'unknown_version' } as Record<string, string>;
        const changed = {
          at: 7,
          event: 'login_succeeded',
          details: '{}',
          hash: 'f00',
          mac: 'f00',
          version: 9,
        }[field];
        const found = await broken((hand, records) => hand.put({ ...records[4], [field]: changed }));
        expect(found).toEqual([faults[field] ?? 'changed', 5]);
      },
    );

    it('tells a removed event, the first and one within', async () => {
      expect(await broken((hand) => hand.remove(1))).toEqual(['missing', 1]);
      expect(await broken((hand) => hand.remove(6, 7))).toEqual(['missing', 6]);
    });

    it('tells two that changed places', async () => {
      const swap = async (hand: Hand, records: AuditRecord[]) => {
        await hand.put({ ...records[4], seq: 6 });
        await hand.put({ ...records[5], seq: 5 });
      };
      expect(await broken(swap)).toEqual(['changed', 5]);
    });

    it('tells one that was appended by somebody without the key, and a trail written anew', async () => {
      const append = (hand: Hand, records: AuditRecord[]) =>
        hand.put(linkEvents(records[12], [event(99)], OTHER_KEY)[0]);
      expect(await broken(append)).toEqual(['forged', 14]);
      const rewrite = async (hand: Hand, records: AuditRecord[]) => {
        const anew = linkEvents(records[3], EVENTS.slice(4), OTHER_KEY);
        for (const record of anew) await hand.put(record);
        await hand.mark('head', markAs('head', anew[anew.length - 1], OTHER_KEY));
      };
      expect((await broken(rewrite))?.[0]).toBe('forged_head');
      const keepHead = async (hand: Hand, records: AuditRecord[]) => {
        for (const record of linkEvents(records[3], EVENTS.slice(4), OTHER_KEY)) await hand.put(record);
      };
      expect(await broken(keepHead)).toEqual(['forged', 5]);
    });

    it('tells an end that was cut off, the head left, moved by hand, or as it once was', async () => {
      expect(await broken((hand) => hand.remove(12, 13))).toEqual(['missing', 12]);
      const move = async (hand: Hand, records: AuditRecord[]) => {
        await hand.remove(12, 13);
        await hand.mark('head', { ...records[10] });
      };
      expect(await broken(move)).toEqual(['forged_head', 11]);
      const putBack = async (hand: Hand, records: AuditRecord[]) => {
        await hand.remove(12, 13);
        await hand.mark('head', markAs('head', records[10], KEY));
      };
      expect(await broken(putBack)).toBeNull();
      const known = [{ seq: 13, hash: 'noted elsewhere' }];
      expect(await broken(putBack, { known })).toEqual(['missing', 12]);
      expect(await broken(async () => undefined, { known })).toEqual(['replaced', 13]);
    });

    it('tells an end that was cut off, the head emptied or taken away', async () => {
      const empty = async (hand: Hand) => {
        await hand.remove(12, 13);
        await hand.mark('head', { seq: 0, hash: '', mac: '' });
      };
      expect((await broken(empty))?.[0]).toBe('forged_head');
      const stand = await createStand();
      const store = await stand.open();
      await appendEvents(
        store,
        KEY,
        Array.from({ length: 250 }, (_, i) => event(i)),
      );
      const hand = await stand.hand();
      await hand.remove(250, 251);
      await hand.unmark('head');
      const found = await verifyTrail({ store, key: KEY, limit: 1_000 });
      expect(found.broken).toMatchObject({ fault: 'forged_head', seq: 249 });
      await hand.close();
      await store.close();
    });

    it('loses no event to a head that was set back behind the anchor without saying so', async () => {
      const stand = await createStand();
      const store = await stand.open();
      await appendEvents(store, KEY, EVENTS);
      const [fifth] = await store.auditFrom(5, 1);
      const [tenth] = await store.auditFrom(10, 1);
      await store.removeAuditThrough(markAs('anchor', tenth, KEY));
      const hand = await stand.hand();
      await hand.mark('head', markAs('head', fifth, KEY));
      await appendEvents(store, KEY, [event(50), event(51)]);
      const { broken, last } = await verifyTrail({ store, key: KEY, limit: 100 });
      expect(broken?.fault ?? last).toBe(name === 'MongoDB' ? 15 : 'forged_head');
      await hand.close();
      await store.close();
    });

    it('tells a beginning that was cut off, however the anchor says', async () => {
      const cut = async (hand: Hand, records: AuditRecord[]) => {
        await hand.remove(1, 2, 3);
        await hand.mark('anchor', { ...records[2] });
      };
      expect(await broken(cut)).toEqual(['forged_anchor', 3]);
    });

    it('takes what was removed by age, also when that was cut off, and ranges', async () => {
      const stand = await createStand();
      const store = await stand.open();
      await appendEvents(store, KEY, EVENTS);
      const [third] = await store.auditFrom(3, 1);
      const hand = await stand.hand();
      // As a process leaves it that is killed between the mark and the removal.
      await hand.mark('anchor', markAs('anchor', third, KEY));
      const check = (from: number | undefined, limit: number) =>
        verifyTrail({ store, key: KEY, from, limit });
      expect(await check(undefined, 100)).toMatchObject({ broken: null, checked: 10, first: 4, last: 13 });
      const [fifth] = await store.auditFrom(5, 1);
      await store.removeAuditThrough(markAs('anchor', fifth, KEY));
      expect((await store.auditFrom(1, 1))[0].seq).toBe(6);
      expect(await check(undefined, 4)).toMatchObject({ broken: null, checked: 4, next: 10 });
      expect(await check(10, 4)).toMatchObject({ broken: null, checked: 4, first: 10, last: 13, next: 14 });
      expect(await check(14, 4)).toMatchObject({ broken: null, checked: 0, next: null });
      expect(await check(99, 4)).toMatchObject({ broken: null, checked: 0, next: null });
      await appendEvents(store, KEY, [event(50)]);
      expect(await check(undefined, 100)).toMatchObject({ broken: null, last: 14, next: null });
      await hand.close();
      await store.close();
    });
  });
}

const COLUMNS = ['seq', 'version', 'at', 'event', 'details', 'hash', 'mac'] as const;
const values = (record: AuditRecord) => COLUMNS.map((column) => record[column]);

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tampered-'));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true }));
  tamperedTrails('SQLite', async () => {
    const file = join(folder, `users-${files++}.db`);
    return {
      open: async () => createSqliteUserStore({ file }),
      async hand() {
        const database = new DatabaseSync(file);
        return {
          async put(record) {
            database.prepare('REPLACE INTO audit_event VALUES (?, ?, ?, ?, ?, ?, ?)').run(...values(record));
          },
          async remove(...seqs) {
            for (const seq of seqs) database.prepare('DELETE FROM audit_event WHERE seq = ?').run(seq);
          },
          async mark(name, { seq, hash, mac }) {
            database.prepare('REPLACE INTO audit_mark VALUES (?, ?, ?, ?)').run(name, seq, hash, mac);
          },
          async unmark(name) {
            database.prepare('DELETE FROM audit_mark WHERE name = ?').run(name);
          },
          close: async () => database.close(),
        };
      },
    };
  });
});

describe.runIf(havePostgres)('PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof startPostgresServer>>;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());
  tamperedTrails('PostgreSQL', async () => {
    const schema = uniqueSchema();
    return {
      open: () => createPostgresUserStore({ url: server.url, schema }),
      async hand() {
        const client = new Client(server.url);
        await client.connect();
        return {
          async put(record) {
            await client.query(`DELETE FROM ${schema}.audit_event WHERE seq = $1`, [record.seq]);
            await client.query(
              `INSERT INTO ${schema}.audit_event VALUES ($1, $2, $3, $4, $5, $6, $7)`,
              values(record),
            );
          },
          async remove(...seqs) {
            await client.query(`DELETE FROM ${schema}.audit_event WHERE seq = ANY($1)`, [seqs]);
          },
          async mark(name, { seq, hash, mac }) {
            await client.query(
              `UPDATE ${schema}.audit_mark SET seq = $2, hash = $3, mac = $4 WHERE name = $1`,
              [name, seq, hash, mac],
            );
          },
          async unmark(name) {
            await client.query(`DELETE FROM ${schema}.audit_mark WHERE name = $1`, [name]);
          },
          close: () => client.end(),
        };
      },
    };
  });
});

describe.runIf(haveMongo)('MongoDB', () => {
  let server: Awaited<ReturnType<typeof startMongoServer>>;
  const databases: string[] = [];
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(async () => {
    if (server === undefined) return;
    const client = await MongoClient.connect(server.url);
    for (const database of databases) await client.db(database).dropDatabase();
    await client.close();
    await server.stop();
  });
  tamperedTrails('MongoDB', async () => {
    const database = uniqueDatabase();
    databases.push(database);
    return {
      open: () => createMongoUserStore({ url: server.url, database }),
      async hand() {
        const client = await MongoClient.connect(server.url);
        const events = client.db(database).collection<{ _id: number }>('audit_events');
        const marks = client.db(database).collection<{ _id: string }>('audit_marks');
        return {
          async put({ seq, ...record }) {
            await events.replaceOne({ _id: seq }, record, { upsert: true });
          },
          async remove(...seqs) {
            await events.deleteMany({ _id: { $in: seqs } });
          },
          async mark(name, { seq, hash, mac }) {
            await marks.replaceOne({ _id: name }, { seq, hash, mac }, { upsert: true });
          },
          async unmark(name) {
            await marks.deleteOne({ _id: name });
          },
          close: () => client.close(),
        };
      },
    };
  });
});

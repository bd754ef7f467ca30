import { afterEach, describe, expect, it } from 'vitest';
import type { AuditMark, AuditRecord, AuditStore } from './audit-store.ts';

type OpenedStore = AuditStore & { close(): Promise<void> };

const record = (seq: number, by = 'a'): AuditRecord => ({
  seq,
  version: 1,
  at: 1_787_000_000_000 + seq,
  event: 'login_refused',
  details: JSON.stringify({ by, ip: '2001:db8::1', text: 'Ünal 例 \u0000' }),
  hash: `hash of ${seq} by ${by}`,
  mac: `mac of ${seq}`,
});
const markOf = ({ seq, hash }: AuditRecord): AuditMark => ({ seq, hash, mac: `mark of ${seq}` });
const records = (from: number, to: number, by?: string) =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i, by));

/** What every store of security events must do. `prepare` makes an empty place; what it returns opens that place. */
export function auditStoreContract(name: string, prepare: () => Promise<() => Promise<OpenedStore>>): void {
  describe(`security events: ${name}`, () => {
    const opened: OpenedStore[] = [];
    const start = async () => {
      const open = await prepare();
      const opens = async () => {
        opened.push(await open());
        return opened[opened.length - 1];
      };
      return { store: await opens(), opens };
    };
    const append = (store: AuditStore, given: readonly AuditRecord[]) =>
      store.appendAudit(given, markOf(given[given.length - 1]));
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    it('begin with nothing', async () => {
      const { store } = await start();
      expect(await store.auditMarks()).toEqual({ anchor: null, head: null, newest: { seq: 0, hash: '' } });
      expect(await store.auditFrom(1, 10)).toEqual([]);
      expect(await store.auditBefore(null, 10)).toEqual([]);
      expect(await store.appendAudit([], markOf(record(1)))).toBe(0);
    });

    it('are appended after the newest one only, and read as they were given, from either end', async () => {
      const { store, opens } = await start();
      expect(await append(store, records(2, 3))).toBe(0);
      expect(await append(store, records(1, 3))).toBe(3);
      expect(await append(store, records(3, 4))).toBe(0);
      expect(await append(store, records(5, 6))).toBe(0);
      expect(await append(store, records(4, 5))).toBe(2);
      const other = await opens();
      expect(await other.auditFrom(2, 2)).toEqual(records(2, 3));
      expect(await other.auditFrom(1, 100)).toEqual(records(1, 5));
      expect(await other.auditBefore(null, 2)).toEqual(records(4, 5).toReversed());
      expect(await other.auditBefore(4, 100)).toEqual(records(1, 3).toReversed());
      const { anchor, head, newest } = await other.auditMarks();
      expect([anchor, head]).toEqual([null, markOf(record(5))]);
      expect(newest).toMatchObject({ seq: 5, hash: record(5).hash });
    });

    it('have one order, also of several that append at the same time', async () => {
      const { store, opens } = await start();
      const writers = [store, await opens(), await opens()];
      const write = async (writer: AuditStore, i: number) => {
        for (let written = 0; written < 20; ) {
          const { newest } = await writer.auditMarks();
          written += await append(writer, [record(newest.seq + 1, `writer ${i}`)]);
        }
      };
      await Promise.all(writers.map(write));
      const all = await store.auditFrom(1, 1000);
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      const of = (i: number) => all.filter(({ hash }) => hash.endsWith(`writer ${i}`)).length;
      expect([of(0), of(1), of(2)]).toEqual([20, 20, 20]);
      expect((await store.auditMarks()).head?.seq).toBe(60);
    });

    it('are removed from the oldest on, up to a mark that stays', async () => {
      const { store } = await start();
      await append(store, records(1, 5));
      await store.removeAuditThrough(markOf(record(3)));
      expect(await store.auditFrom(1, 10)).toEqual(records(4, 5));
      await store.removeAuditThrough(markOf(record(2)));
      expect(await store.auditMarks()).toMatchObject({
        anchor: markOf(record(3)),
        head: markOf(record(5)),
        newest: { seq: 5 },
      });
      expect(await append(store, [record(6)])).toBe(1);
      expect(await store.auditFrom(1, 10)).toEqual(records(4, 6));
    });
  });
}

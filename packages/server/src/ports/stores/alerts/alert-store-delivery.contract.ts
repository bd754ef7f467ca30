import { afterEach, describe, expect, it } from 'vitest';
import type { NewFiring } from './alert-records.ts';
import { alertRule, attempt, batch, channel, firing, leased, NOW } from './alert-store.fixture.ts';
import type { AlertStore } from './alert-store.ts';

/** Firings that are kept, and how they come to their channels. */
export function alertDeliveryContract(name: string, prepare: () => Promise<() => Promise<AlertStore>>): void {
  describe(`alert store, delivery: ${name}`, () => {
    let store: AlertStore;
    const start = async (...firings: readonly NewFiring[]) => {
      const open = await prepare();
      store = await open();
      await store.createRules([alertRule(), alertRule({ id: 'r2' })], 10);
      for (const id of ['c1', 'c2']) await store.createChannel(channel({ id }), 10);
      await store.commit(await leased(store), batch({ firings }));
      return open;
    };
    const idsOf = (found: readonly { readonly id: string }[] | undefined) => found?.map(({ id }) => id);
    afterEach(() => store.close());

    describe('firings', () => {
      it('are found by owner, rule, product, time and number, newest first', async () => {
        await start(
          firing('f1', { at: 100 }),
          firing('f2', { at: 300, ruleId: 'r2' }),
          firing('f3', { at: 200, product: 'BTC' }),
          firing('f4', { at: 400, product: null }),
        );
        const all = { owner: 'u1', fromMs: 0, toMs: NOW, limit: 10 };
        expect(idsOf(await store.firings(all))).toEqual(['f4', 'f3', 'f2', 'f1']);
        expect(idsOf(await store.firings({ ...all, owner: 'u2' }))).toEqual([]);
        expect(idsOf(await store.firings({ ...all, ruleId: 'r2' }))).toEqual(['f2']);
        expect(idsOf(await store.firings({ ...all, product: 'NIFTY' }))).toEqual(['f2', 'f1']);
        expect(idsOf(await store.firings({ ...all, ruleId: 'r1', product: 'BTC' }))).toEqual(['f3']);
        expect(idsOf(await store.firings({ ...all, fromMs: 200, toMs: 400 }))).toEqual(['f3', 'f2']);
        expect(idsOf(await store.firings({ ...all, before: 3, limit: 1 }))).toEqual(['f2']);
      });

      it('wait to be published, oldest first, until they are', async () => {
        await start(firing('f1'), firing('f2', { muted: true }), firing('f3'));
        expect(idsOf(await store.unpublished(2))).toEqual(['f1', 'f2']);
        await store.published(['f1', 'f2', 'unknown']);
        expect(idsOf(await store.unpublished(10))).toEqual(['f3']);
      });

      it('wait for their channels, oldest first: not what is muted, goes nowhere or is to be a digest later', async () => {
        await start(
          firing('f1', { digestUntil: NOW + 100 }),
          firing('f2', { muted: true }),
          firing('f3', { channels: [] }),
          firing('f4'),
          firing('f5', { channels: ['c2'] }),
        );
        expect(idsOf(await store.undelivered(NOW + 99, 10))).toEqual(['f4', 'f5']);
        expect(idsOf(await store.undelivered(NOW + 100, 2))).toEqual(['f1', 'f4']);
        await store.handOver(['f4', 'f1']);
        expect(idsOf(await store.undelivered(NOW + 100, 10))).toEqual(['f5']);
      });
    });

    describe('what waits for a channel', () => {
      it('is what was handed over, once, through channels of its owner that are there and enabled', async () => {
        await start(
          firing('f1', { channels: ['c1', 'gone', 'foreign', 'c2'] }),
          firing('f2', { channels: ['c1'] }),
        );
        await store.createChannel(channel({ id: 'foreign', owner: 'u2' }), 10);
        await store.putChannel(channel({ id: 'c2', version: 2, status: 'disabled' }), 1);
        await store.handOver(['f1', 'unknown']);
        await store.handOver(['f1', 'f2']);
        expect(await store.channelsDue(NOW, 10)).toEqual(['c1']);
        const message = await store.nextMessage('c1', 'm1', NOW, 10);
        expect(message).toMatchObject({ id: 'm1', channelId: 'c1', since: NOW, attempts: 0, dueAt: NOW });
        expect(message?.firings).toEqual(
          await store.firings({ owner: 'u1', fromMs: 0, toMs: NOW, limit: 9 }).then((all) => all.reverse()),
        );
        await store.endMessage('m1');
        await store.handOver(['f1', 'f2']);
        expect(await store.channelsDue(NOW, 10)).toEqual([]);
        expect(await store.nextMessage('c1', 'm2', NOW, 10)).toBeNull();
      });

      it('keeps its message, also after it was opened again, and what comes later is in another', async () => {
        const open = await start(firing('f1'), firing('f2'), firing('f3'));
        await store.handOver(['f1', 'f2', 'f3']);
        const first = await store.nextMessage('c1', 'm1', NOW, 2);
        expect(idsOf(first?.firings)).toEqual(['f1', 'f2']);
        await store.close();
        store = await open();
        expect(await store.nextMessage('c1', 'm2', NOW, 2)).toEqual(first);
        await store.postponeMessage('m1', 1, NOW + 100);
        expect(idsOf((await store.nextMessage('c1', 'm2', NOW, 2))?.firings)).toEqual(['f3']);
        await store.postponeMessage('m2', 1, NOW + 50);
        expect(await store.nextMessage('c1', 'm3', NOW + 49, 2)).toBeNull();
        expect(await store.channelsDue(NOW + 49, 10)).toEqual([]);
        expect(await store.channelsDue(NOW + 50, 10)).toEqual(['c1']);
        expect(await store.nextMessage('c1', 'm3', NOW + 100, 2)).toMatchObject({ id: 'm2', attempts: 1 });
        await store.endMessage('m2');
        await store.endMessage('m2');
        expect(await store.nextMessage('c1', 'm3', NOW + 100, 2)).toEqual({
          ...first,
          attempts: 1,
          dueAt: NOW + 100,
        });
      });

      it('is told of the channel that waits for longest first', async () => {
        await start();
        const lease = await leased(store);
        await store.commit(lease, batch({ atMs: 100, firings: [firing('f1', { channels: ['c2'] })] }));
        await store.commit(lease, batch({ atMs: 200, firings: [firing('f2', { channels: ['c1'] })] }));
        await store.handOver(['f1', 'f2']);
        expect(await store.channelsDue(NOW, 10)).toEqual(['c2', 'c1']);
        expect(await store.channelsDue(NOW, 1)).toEqual(['c2']);
      });

      it('waits for the time before which nothing is sent through its channel', async () => {
        await start(firing('f1'));
        await store.handOver(['f1']);
        const note = {
          status: 'failing',
          reason: '429',
          lastDeliveredAt: null,
          notBefore: NOW + 10,
        } as const;
        await store.noteChannel('c1', 1, note);
        expect(await store.channelsDue(NOW + 9, 10)).toEqual([]);
        expect(await store.nextMessage('c1', 'm1', NOW + 9, 10)).toBeNull();
        expect(await store.channelsDue(NOW + 10, 10)).toEqual(['c1']);
        expect(await store.nextMessage('c1', 'm1', NOW + 10, 10)).toMatchObject({ id: 'm1' });
      });

      it('goes with its channel, and when it is dropped', async () => {
        await start(firing('f1', { channels: ['c1', 'c2'] }), firing('f2', { channels: ['c1', 'c2'] }));
        await store.handOver(['f1', 'f2']);
        await store.nextMessage('c1', 'm1', NOW, 1);
        await store.nextMessage('c2', 'm2', NOW, 1);
        expect(await store.dropWaiting('c1')).toBe(2);
        expect(await store.dropWaiting('c1')).toBe(0);
        expect(await store.channelsDue(NOW, 10)).toEqual(['c2']);
        await store.removeChannel('u1', 'c2');
        expect(await store.channelsDue(NOW, 10)).toEqual([]);
        expect(await store.nextMessage('c2', 'm3', NOW, 1)).toBeNull();
        await store.handOver(['f1', 'f2']);
        expect(await store.channelsDue(NOW, 10)).toEqual([]);
      });

      it('is formed into one message by many at the same time', async () => {
        await start(firing('f1'), firing('f2'));
        await store.handOver(['f1', 'f2']);
        const told = await Promise.all(
          Array.from({ length: 10 }, (_, i) => store.nextMessage('c1', `m${i}`, NOW, 5)),
        );
        const found = told.filter((each) => each !== null);
        expect(new Set(found.map(({ id }) => id)).size).toBe(1);
        for (const each of found) expect(idsOf(each.firings)).toEqual(['f1', 'f2']);
      });
    });

    it('lists attempts once by id, newest first, by owner, channel, firing and page', async () => {
      await start();
      const attempts = [
        attempt('a1', {
          at: 100,
          firingIds: ['f1', 'f2'],
          outcome: 'retried',
          status: null,
          reason: 'timeout',
        }),
        attempt('a2', { at: 200, channelId: 'c2', test: true, firingIds: [] }),
        attempt('a3', { at: 200, firingIds: ['f2'], attempt: 2 }),
        attempt('a4', { at: 300, owner: 'u2' }),
      ];
      for (const each of [...attempts, attempts[0]]) await store.noteAttempt(each);
      const query = { owner: 'u1', limit: 10 };
      expect(await store.attempts(query)).toEqual([attempts[2], attempts[1], attempts[0]]);
      expect(idsOf(await store.attempts({ ...query, channelId: 'c2' }))).toEqual(['a2']);
      expect(idsOf(await store.attempts({ ...query, firingId: 'f2' }))).toEqual(['a3', 'a1']);
      expect(idsOf(await store.attempts({ ...query, before: { at: 200, id: 'a3' } }))).toEqual(['a2', 'a1']);
      expect(idsOf(await store.attempts({ ...query, limit: 1 }))).toEqual(['a3']);
    });
  });
}

import { afterEach, describe, expect, it } from 'vitest';
import { alertRule, attempt, batch, channel, firing, leased, NOW, named } from './alert-store.fixture.ts';
import type { AlertStore } from './alert-store.ts';
import { alertDeliveryContract } from './alert-store-delivery.contract.ts';
import { alertEvaluationContract } from './alert-store-evaluation.contract.ts';

export type OpenAlertStore = () => Promise<AlertStore>;

/** What every alert store must do. `prepare` makes an empty place; what it returns opens that place, again and again; so many rules are claimed by eight at once. */
export function alertStoreContract(
  name: string,
  prepare: () => Promise<OpenAlertStore>,
  { trials = 1_000 } = {},
): void {
  alertEvaluationContract(name, prepare, trials);
  alertDeliveryContract(name, prepare);
  describe(`alert store: ${name}`, () => {
    let store: AlertStore;
    const start = async () => {
      const open = await prepare();
      store = await open();
      return open;
    };
    afterEach(() => store.close());
    /** How many of twenty calls at the same time are told that they made the change. */
    const winners = async (call: (i: number) => Promise<boolean>) =>
      (await Promise.all(Array.from({ length: 20 }, (_, i) => call(i)))).filter(Boolean).length;

    describe('rules', () => {
      it('are found complete, and null for others, also after it was opened again', async () => {
        const open = await start();
        const rule = alertRule({
          problem: 'what it names is gone',
          status: 'invalid',
          definition: {
            ...alertRule().definition,
            muted_until: '2026-08-20T00:00:00.000Z',
            channels: ['c1'],
          },
        });
        expect(await store.createRules([rule], 10)).toBe(true);
        expect(await store.rule('r1')).toEqual(rule);
        expect(await store.rule('r2')).toBeNull();
        await store.close();
        store = await open();
        expect(await store.rule('r1')).toEqual(rule);
      });

      it('are created all or none, up to a number of their owner, also at the same time', async () => {
        await start();
        const three = (i: number) => [0, 1, 2].map((each) => alertRule({ id: `r${i}-${each}` }));
        expect(await store.createRules([alertRule({ id: 'other', owner: 'u2' })], 1)).toBe(true);
        expect(await winners((i) => store.createRules(three(i), 8))).toBe(2);
        expect(await store.rulesOf('u1', null, 100)).toHaveLength(6);
        expect(await store.createRules(three(99), 8)).toBe(false);
        expect(await store.rule('r99-0')).toBeNull();
      });

      it('are listed by name and id, page by page, each owner for itself', async () => {
        await start();
        const rules = [
          named('b', { id: '1' }),
          named('a', { id: '3' }),
          named('a', { id: '2' }),
          named('Z', { id: '4' }),
        ];
        await store.createRules(rules, 10);
        await store.createRules([named('a', { id: '5', owner: 'u2' })], 10);
        const first = await store.rulesOf('u1', null, 2);
        expect(first.map(({ id }) => id)).toEqual(['4', '2']);
        const rest = await store.rulesOf('u1', { name: 'a', id: '2' }, 10);
        expect(rest.map(({ id }) => id)).toEqual(['3', '1']);
      });

      it('are replaced from the version that was read only, and keep when they were made', async () => {
        await start();
        await store.createRules([alertRule()], 10);
        const changed = (version: number) =>
          named(`version ${version}`, { version, createdAt: 99, updatedAt: 20 });
        expect(await store.putRule({ ...changed(3), owner: 'u2' }, 1)).toBe(false);
        expect(await winners((i) => store.putRule(changed(i + 2), 1))).toBe(1);
        expect(await store.putRule(changed(50), 1)).toBe(false);
        expect(await store.rule('r1')).toMatchObject({ createdAt: 10, updatedAt: 20 });
        expect(await store.putRule({ ...changed(3), id: 'none' }, 1)).toBe(false);
      });

      it('are muted by their owner without another version', async () => {
        await start();
        await store.createRules([alertRule()], 10);
        const until = '2026-08-20T00:00:00.000Z';
        expect(await store.muteRule('u2', 'r1', until, 20)).toBe(false);
        expect(await store.muteRule('u1', 'r1', until, 20)).toBe(true);
        expect(await store.rule('r1')).toMatchObject({
          version: 1,
          updatedAt: 20,
          definition: { muted_until: until },
        });
        expect(await store.muteRule('u1', 'r1', null, 30)).toBe(true);
        expect((await store.rule('r1'))?.definition.muted_until).toBeNull();
      });

      it('end once, while they are armed and of that version', async () => {
        await start();
        await store.createRules([alertRule(), alertRule({ id: 'r2', status: 'disabled' })], 10);
        expect(await store.endRule('r1', 2, 'expired', null)).toBe(false);
        expect(await store.endRule('r2', 1, 'expired', null)).toBe(false);
        expect(await winners(() => store.endRule('r1', 1, 'invalid', 'no figure pcr'))).toBe(1);
        expect(await store.rule('r1')).toMatchObject({
          status: 'invalid',
          problem: 'no figure pcr',
          version: 1,
        });
      });

      it('go once, by their owner', async () => {
        await start();
        await store.createRules([alertRule()], 10);
        expect(await store.removeRule('u2', 'r1', 20)).toBe(false);
        expect(await winners(() => store.removeRule('u1', 'r1', 20))).toBe(1);
        expect(await store.rule('r1')).toBeNull();
      });
    });

    describe('changes of rules', () => {
      it('are told in order, each rule with its latest, removals with null', async () => {
        await start();
        await store.createRules(
          [alertRule(), alertRule({ id: 'r2' }), alertRule({ id: 'r3', owner: 'u2' })],
          10,
        );
        const all = await store.changesAfter(0, 10);
        expect(all.map(({ id, rule }) => [id, rule?.id])).toEqual([
          ['r1', 'r1'],
          ['r2', 'r2'],
          ['r3', 'r3'],
        ]);
        expect(await store.changesAfter(all[0].change, 1)).toEqual([all[1]]);
        const last = all[2].change;

        await store.removeRule('u1', 'r2', 20);
        await store.putRule(alertRule({ version: 2 }), 1);
        await store.muteRule('u2', 'r3', '2026-08-20T00:00:00.000Z', 20);
        await store.endRule('r1', 2, 'expired', null);
        const later = await store.changesAfter(last, 10);
        expect(later.map(({ id, rule }) => [id, rule?.status ?? null])).toEqual([
          ['r2', null],
          ['r3', 'armed'],
          ['r1', 'expired'],
        ]);
        expect(later.map(({ change }) => change)).toEqual(
          [...later.map(({ change }) => change)].sort((a, b) => a - b),
        );
        expect(await store.changesAfter(later[2].change, 10)).toEqual([]);
      });

      it('are none where nothing was changed', async () => {
        await start();
        await store.createRules([alertRule()], 1);
        const [{ change }] = await store.changesAfter(0, 10);
        await store.createRules([alertRule({ id: 'r2' })], 1);
        await store.putRule(alertRule({ version: 9 }), 8);
        await store.removeRule('u2', 'r1', 20);
        expect(await store.changesAfter(change, 10)).toEqual([]);
      });

      it('come to who reads them while they are made, none left out', async () => {
        const open = await start();
        const other = await open();
        const made = Promise.all(
          [store, other].flatMap((each, s) =>
            Array.from({ length: 30 }, (_, i) => each.createRules([alertRule({ id: `r${s}-${i}` })], 100)),
          ),
        );
        const seen: string[] = [];
        let change = 0;
        let isDone = false;
        void made.then(() => {
          isDone = true;
        });
        while (true) {
          const wasDone = isDone;
          for (const each of await store.changesAfter(change, 7)) {
            seen.push(each.id);
            change = each.change;
          }
          if (wasDone && (await store.changesAfter(change, 1)).length === 0) break;
        }
        await made;
        await other.close();
        expect(new Set(seen).size).toBe(60);
        expect(seen).toHaveLength(60);
      });
    });

    describe('channels', () => {
      it('are found complete, by name, each owner for itself, up to a number', async () => {
        await start();
        const used = channel({ status: 'failing', reason: '503', lastDeliveredAt: 77, notBefore: 88 });
        expect(await store.createChannel(used, 2)).toBe(true);
        expect(await store.createChannel(channel({ id: 'c2', name: 'A' }), 2)).toBe(true);
        expect(await store.createChannel(channel({ id: 'c3' }), 2)).toBe(false);
        expect(await store.createChannel(channel({ id: 'c4', owner: 'u2' }), 2)).toBe(true);
        expect(await store.channel('c1')).toEqual(used);
        expect(await store.channel('c3')).toBeNull();
        expect((await store.channelsOf('u1')).map(({ id }) => id)).toEqual(['c2', 'c1']);
      });

      it('take no more than the number of many at the same time', async () => {
        await start();
        expect(await winners((i) => store.createChannel(channel({ id: `c${i}` }), 3))).toBe(3);
        expect(await store.channelsOf('u1')).toHaveLength(3);
      });

      it('are replaced from the version that was read, and noted without another', async () => {
        await start();
        await store.createChannel(channel(), 10);
        const next = channel({
          version: 2,
          name: 'Office',
          sealedTarget: 'other',
          shown: 'x',
          status: 'disabled',
        });
        expect(await store.putChannel({ ...next, owner: 'u2' }, 1)).toBe(false);
        expect(await winners(() => store.putChannel(next, 1))).toBe(1);
        const note = { status: 'failing', reason: 'timeout', lastDeliveredAt: 5, notBefore: 9 } as const;
        expect(await store.noteChannel('c1', 1, note)).toBe(false);
        expect(await store.noteChannel('c1', 2, note)).toBe(true);
        expect(await store.channel('c1')).toEqual({ ...next, ...note });
      });

      it('go once, by their owner', async () => {
        await start();
        await store.createChannel(channel(), 10);
        expect(await store.removeChannel('u2', 'c1')).toBe(false);
        expect(await winners(() => store.removeChannel('u1', 'c1'))).toBe(1);
        expect(await store.channel('c1')).toBeNull();
      });
    });

    it('keeps a text once by its name, also of many at the same time', async () => {
      const open = await start();
      const other = await open();
      const told = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).keep('push key', `text ${i}`)),
      );
      expect(new Set(told).size).toBe(1);
      expect(await store.keep('push key', 'later')).toBe(told[0]);
      expect(await store.keep('another', 'later')).toBe('later');
      await other.close();
    });

    it('removes all of an owner, and nothing of others', async () => {
      await start();
      await store.createRules([alertRule()], 10);
      await store.createRules([alertRule({ id: 'r2', owner: 'u2' })], 10);
      for (const owner of ['u1', 'u2']) await store.createChannel(channel({ id: `c-${owner}`, owner }), 10);
      const lease = await leased(store);
      const firings = [
        firing('f1', { channels: ['c-u1'] }),
        firing('f2', { owner: 'u2', ruleId: 'r2', channels: ['c-u2'] }),
      ];
      await store.commit(lease, batch({ firings }));
      await store.handOver(['f1', 'f2']);
      await store.nextMessage('c-u1', 'm1', NOW, 10);
      await store.noteAttempt(attempt('a1'));
      await store.noteAttempt(attempt('a2', { owner: 'u2' }));
      const [{ change }] = (await store.changesAfter(0, 10)).slice(-1);

      await store.removeOwner('u1', NOW);
      expect(await store.rulesOf('u1', null, 10)).toEqual([]);
      expect(await store.changesAfter(change, 10)).toMatchObject([{ id: 'r1', rule: null }]);
      expect(await store.channelsOf('u1')).toEqual([]);
      const all = { fromMs: 0, toMs: NOW, limit: 10 };
      expect(await store.firings({ ...all, owner: 'u1' })).toEqual([]);
      expect((await store.firings({ ...all, owner: 'u2' })).map(({ id }) => id)).toEqual(['f2']);
      expect(await store.attempts({ owner: 'u1', limit: 10 })).toEqual([]);
      expect(await store.attempts({ owner: 'u2', limit: 10 })).toHaveLength(1);
      expect((await store.unpublished(10)).map(({ id }) => id)).toEqual(['f2']);
      expect(await store.channelsDue(NOW, 10)).toEqual(['c-u2']);
      expect(await store.rule('r2')).not.toBeNull();
    });

    it('lists owners page by page, and notes which are suspended, and since when', async () => {
      const open = await start();
      for (const owner of ['u1', 'u2', 'é', 'Z'])
        await store.createRules([alertRule({ id: owner, owner })], 10);
      for (const owner of ['u2', 'u3']) await store.createChannel(channel({ id: owner, owner }), 10);
      expect(await store.ownersAfter('', 3)).toEqual(['Z', 'u1', 'u2']);
      expect(await store.ownersAfter('u2', 3)).toEqual(['u3', 'é']);
      expect(await store.ownersAfter('é', 3)).toEqual([]);
      await store.keep('push key', 'secret');
      await store.suspendOwner('u1', 5);
      await store.suspendOwner('u1', 9);
      await store.suspendOwner('nobody', 7);
      await store.suspendOwner('u2', null);
      await store.close();
      store = await open();
      const noted = async () => (await store.suspendedOwners()).sort((a, b) => a.sinceMs - b.sinceMs);
      expect(await noted()).toEqual([
        { owner: 'u1', sinceMs: 5 },
        { owner: 'nobody', sinceMs: 7 },
      ]);
      await store.suspendOwner('nobody', null);
      expect(await noted()).toEqual([{ owner: 'u1', sinceMs: 5 }]);
      await store.removeOwner('u1', NOW);
      expect(await noted()).toEqual([]);
      expect(await store.keep('push key', 'other')).toBe('secret');
    });

    it('removes what is old, with what waits for it', async () => {
      await start();
      await store.createRules([alertRule(), alertRule({ id: 'r2' })], 10);
      await store.createChannel(channel(), 10);
      const lease = await leased(store);
      await store.commit(lease, batch({ atMs: 100, firings: [firing('old')] }));
      await store.handOver(['old']);
      await store.nextMessage('c1', 'm1', 100, 10);
      await store.commit(lease, batch({ atMs: 200, firings: [firing('new')] }));
      await store.noteAttempt(attempt('a1', { at: 100 }));
      await store.noteAttempt(attempt('a2', { at: 200 }));
      await store.removeRule('u1', 'r2', 100);
      await store.muteRule('u1', 'r1', null, 200);

      expect(await store.removeBefore(200, 10)).toBe(2);
      expect(
        (await store.firings({ owner: 'u1', fromMs: 0, toMs: NOW, limit: 10 })).map(({ id }) => id),
      ).toEqual(['new']);
      expect((await store.attempts({ owner: 'u1', limit: 10 })).map(({ id }) => id)).toEqual(['a2']);
      expect(await store.channelsDue(NOW, 10)).toEqual([]);
      expect((await store.changesAfter(0, 10)).map(({ id }) => id)).toEqual(['r1']);
      // Numbers go on, also where the last one is gone.
      await store.removeBefore(300, 10);
      const result = await store.commit(lease, batch({ atMs: 300, firings: [firing('newer')] }));
      expect(result?.firings[0].seq).toBe(3);
    });

    it('keeps the newest firings of an owner, with what waits for them', async () => {
      await start();
      await store.createRules([alertRule()], 10);
      await store.createRules([alertRule({ id: 'r2', owner: 'u2' })], 10);
      await store.createChannel(channel(), 10);
      const lease = await leased(store);
      const firings = Array.from({ length: 5 }, (_, i) => firing(`f${i}`));
      const other = firing('other', { owner: 'u2', ruleId: 'r2', channels: [] });
      await store.commit(lease, batch({ firings: [...firings, other] }));
      await store.handOver(firings.map(({ id }) => id));
      expect(await store.removeBefore(0, 2)).toBe(3);
      const left = async (owner: string) =>
        (await store.firings({ owner, fromMs: 0, toMs: NOW, limit: 10 })).map(({ id }) => id);
      expect(await left('u1')).toEqual(['f4', 'f3']);
      expect(await left('u2')).toEqual(['other']);
      const message = await store.nextMessage('c1', 'm1', NOW, 10);
      expect(message?.firings.map(({ id }) => id)).toEqual(['f3', 'f4']);
      const result = await store.commit(lease, batch({ firings: [firing('next')] }));
      expect(result?.firings[0].seq).toBe(6);
    });

    it('refuses everything once it is closed', async () => {
      await start();
      await store.close();
      await expect(store.rule('r1')).rejects.toMatchObject({ code: 'stopped' });
      await store.close();
    });
  });
}

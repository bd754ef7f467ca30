import { afterEach, describe, expect, it } from 'vitest';
import type { Lease, RuleMemory } from './alert-records.ts';
import { alertRule, batch, firing, leased, NOW } from './alert-store.fixture.ts';
import type { AlertStore } from './alert-store.ts';

const ALL = { owner: 'u1', fromMs: 0, toMs: NOW, limit: 10_000 };
const CLAIMANTS = 8;
/** Rules of one commit of a claimant: a claim alone and claims together both meet those of others. */
const TOGETHER = 100;

const memory = (fields: Partial<RuleMemory> = {}): RuleMemory => ({
  ruleId: 'r1',
  ruleVersion: 1,
  product: 'NIFTY',
  expiry: '',
  state: '{"phase":"armed"}',
  ...fields,
});

/** Leases of partitions, and what their holders commit. */
export function alertEvaluationContract(
  name: string,
  prepare: () => Promise<() => Promise<AlertStore>>,
  /** Rules that are `once`, each fired by all claimants at the same time. */
  trials: number,
): void {
  describe(`alert store, evaluation: ${name}`, () => {
    let store: AlertStore;
    const start = async (rules = [alertRule()]) => {
      const open = await prepare();
      store = await open();
      await store.createRules(rules, rules.length);
      return open;
    };
    afterEach(() => store.close());

    describe('a lease', () => {
      it('is of one of many who want it, each partition for itself', async () => {
        await start();
        const told = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.lease(i % 2, `w${i}`, NOW, 1_000)),
        );
        expect(told.filter((lease) => lease?.partition === 0)).toHaveLength(1);
        expect(told.filter((lease) => lease?.partition === 1)).toHaveLength(1);
      });

      it('is renewed by its holder with the same token, and taken by another with a higher one once it is over', async () => {
        await start();
        const first = await leased(store);
        expect(first).toMatchObject({ partition: 0, holder: 'w1', untilMs: NOW + 10_000 });
        const renewed = await store.lease(0, 'w1', NOW + 5_000, 10_000);
        expect(renewed).toEqual({ ...first, untilMs: NOW + 15_000 });
        expect(await store.lease(0, 'w2', NOW + 14_999, 10_000)).toBeNull();
        const taken = await store.lease(0, 'w2', NOW + 15_000, 10_000);
        expect(taken?.token).toBeGreaterThan(first.token);
        expect(await store.lease(0, 'w1', NOW + 16_000, 10_000)).toBeNull();
      });

      it('is renewed with others of its holder, those that passed on excepted', async () => {
        await start();
        const [first, second] = [await leased(store), await leased(store, 1)];
        expect(await store.renew([first, second], NOW + 15_000)).toBe(true);
        expect(await store.leases(NOW + 14_999)).toEqual([
          { ...first, untilMs: NOW + 15_000 },
          { ...second, untilMs: NOW + 15_000 },
        ]);
        const taken = await store.lease(1, 'w2', NOW + 15_000, 10_000);
        expect(await store.renew([first, second], NOW + 40_000)).toBe(false);
        expect(await store.leases(NOW + 15_000)).toEqual([{ ...first, untilMs: NOW + 40_000 }, taken]);
        await store.release(first);
        expect(await store.renew([first], NOW + 60_000)).toBe(false);
        expect(await store.leases(NOW + 40_000)).toEqual([]);
      });

      it('is passed on at once when it is released by who holds it', async () => {
        await start();
        const first = await leased(store);
        await store.release({ ...first, token: first.token + 1 });
        expect(await store.lease(0, 'w2', NOW, 10)).toBeNull();
        await store.release(first);
        const next = await store.lease(0, 'w2', NOW, 10_000);
        expect(next?.token).toBeGreaterThan(first.token);
        await store.release(first);
        expect(await store.lease(0, 'w3', NOW, 10)).toBeNull();
        expect(await store.commit(first, batch())).toBeNull();
      });

      it('is listed with the others while it is held', async () => {
        await start();
        expect(await store.leases(NOW)).toEqual([]);
        const short = await store.lease(20, 'w2', NOW, 1_000);
        const first = await leased(store);
        const given = await store.lease(1, 'w1', NOW, 10_000);
        expect(await store.leases(NOW)).toEqual([first, given, short]);
        await store.release(given as Lease);
        expect(await store.leases(NOW + 999)).toEqual([first, short]);
        expect(await store.leases(NOW + 1_000)).toEqual([first]);
      });

      it('that passed on commits nothing', async () => {
        await start();
        const old = await leased(store);
        const taken = await store.lease(0, 'w2', NOW + 20_000, 10_000);
        const refused = batch({
          positions: { chains: '5-0' },
          products: [{ product: 'NIFTY', epoch: 'e', replaced: null, seq: 1, timestamp: 1 }],
          memories: [memory()],
          firings: [firing('f1')],
        });
        expect(await store.commit(old, refused)).toBeNull();
        expect(await store.remembered(0)).toEqual({ positions: {}, products: [], memories: [] });
        expect(await store.firings(ALL)).toEqual([]);
        expect(await store.commit(taken as Lease, refused)).toMatchObject({ firings: [{ id: 'f1' }] });
      });
    });

    describe('a commit', () => {
      it('is remembered by its partition, complete, also after it was opened again', async () => {
        const open = await start();
        const product = { product: 'NIFTY', epoch: 'e1', replaced: 'e0', seq: 7, timestamp: 123 };
        const lease = await leased(store);
        const memories = [memory(), memory({ expiry: '2026-08-25', state: '{"phase":"fired"}' })];
        await store.commit(
          lease,
          batch({ positions: { chains: '5-0', figures: '9-1' }, products: [product], memories }),
        );
        await store.commit(await leased(store, 1), batch({ positions: { chains: '1-0' } }));
        await store.close();
        store = await open();
        const found = await store.remembered(0);
        expect(found.positions).toEqual({ chains: '5-0', figures: '9-1' });
        expect(found.products).toEqual([product]);
        expect(found.memories).toHaveLength(2);
        expect(found.memories).toEqual(expect.arrayContaining(memories));
        expect(await store.remembered(1)).toEqual({
          positions: { chains: '1-0' },
          products: [],
          memories: [],
        });
        expect(await store.remembered(2)).toEqual({ positions: {}, products: [], memories: [] });
      });

      it('changes what it names, and forgets an empty state', async () => {
        await start();
        const lease = await leased(store);
        const position = { product: 'NIFTY', epoch: 'e1', replaced: null, seq: 7, timestamp: 123 };
        const other = { ...position, product: 'BTC' };
        await store.commit(
          lease,
          batch({
            positions: { chains: '1-0', figures: '1-0' },
            products: [position, other],
            memories: [memory(), memory({ product: 'BTC' })],
          }),
        );
        const later = { ...position, epoch: 'e2', replaced: 'e1', seq: 1 };
        await store.commit(
          lease,
          batch({
            positions: { chains: '2-0' },
            products: [later],
            memories: [memory({ state: '' }), memory({ product: 'BTC', state: 'x' })],
          }),
        );
        const found = await store.remembered(0);
        expect(found.positions).toEqual({ chains: '2-0', figures: '1-0' });
        expect(found.products).toHaveLength(2);
        expect(found.products).toEqual(expect.arrayContaining([later, other]));
        expect(found.memories).toEqual([memory({ product: 'BTC', state: 'x' })]);
      });

      it('is not needed for how far the streams were read, which is kept for many partitions at once', async () => {
        const open = await start();
        const [first, second] = [await leased(store), await leased(store, 1)];
        const at = (...places: readonly (readonly [Lease, string])[]) =>
          store.keepPositions(places.map(([lease, chains]) => ({ lease, positions: { chains } })));
        await store.commit(
          first,
          batch({ positions: { chains: '1-0', figures: '9-1' }, memories: [memory()] }),
        );
        expect(await at([first, '2-0'], [second, '3-0'])).toBe(true);
        // What is committed later goes on from there.
        await store.commit(first, batch({ positions: { chains: '4-0' }, firings: [firing('f1')] }));
        const taken = (await store.lease(1, 'w2', NOW + 20_000, 10_000)) as Lease;
        expect(await at([first, '5-0'], [second, '6-0'])).toBe(false);
        await store.close();
        store = await open();
        const kept = { products: [], memories: [memory()] };
        expect(await store.remembered(0)).toEqual({ ...kept, positions: { chains: '5-0', figures: '9-1' } });
        expect((await store.remembered(1)).positions).toEqual({ chains: '3-0' });
        expect(await at([taken, '7-0'])).toBe(true);
        expect((await store.remembered(1)).positions).toEqual({ chains: '7-0' });
      });

      it('brings what was committed once, whoever had the partition in between', async () => {
        const open = await start();
        const other = await open();
        const first = await leased(store);
        await store.commit(first, batch({ memories: [memory({ state: 'a' })] }));
        const second = (await other.lease(0, 'w2', NOW + 20_000, 10_000)) as Lease;
        expect((await other.remembered(0)).memories).toEqual([memory({ state: 'a' })]);
        await other.commit(second, batch({ memories: [memory({ state: 'b' })], firings: [firing('f1')] }));
        await other.close();
        expect(await store.commit(first, batch({ memories: [memory({ state: 'c' })] }))).toBeNull();
        const third = (await store.lease(0, 'w1', NOW + 40_000, 10_000)) as Lease;
        expect(
          (await store.commit(third, batch({ firings: [firing('f1'), firing('f2')] })))?.firings,
        ).toMatchObject([{ id: 'f2', seq: 2 }]);
        expect((await store.remembered(0)).memories).toEqual([memory({ state: 'b' })]);
      });

      it('keeps firings complete, numbered by owner in their order, each once by its id', async () => {
        await start([alertRule(), alertRule({ id: 'r2', owner: 'u1' })]);
        await store.createRules([alertRule({ id: 'r3', owner: 'u2' })], 1);
        const lease = await leased(store);
        const [f1, f2] = [
          firing('f1'),
          firing('f2', { ruleId: 'r2', product: null, expiry: null, digestUntil: 5 }),
        ];
        const f3 = firing('f3', { ruleId: 'r3', owner: 'u2', severity: 'critical', muted: true, at: 2_000 });
        const result = await store.commit(lease, batch({ firings: [f1, f3, f2, f1] }));
        expect(result?.firings).toEqual([
          { ...f1, seq: 1, keptAt: NOW },
          { ...f3, seq: 1, keptAt: NOW },
          { ...f2, seq: 2, keptAt: NOW },
        ]);
        const again = await store.commit(lease, batch({ atMs: NOW + 5, firings: [f2, firing('f4'), f1] }));
        expect(again?.firings).toEqual([{ ...firing('f4'), seq: 3, keptAt: NOW + 5 }]);
        expect(await store.firings(ALL)).toEqual([
          { ...firing('f4'), seq: 3, keptAt: NOW + 5 },
          { ...f2, seq: 2, keptAt: NOW },
          { ...f1, seq: 1, keptAt: NOW },
        ]);
      });

      it('counts the firings of a rule, and the latest time of the data', async () => {
        await start();
        const lease = await leased(store);
        await store.commit(lease, batch({ firings: [firing('f1', { at: 500 }), firing('f2', { at: 400 })] }));
        await store.commit(lease, batch({ firings: [firing('f1', { at: 900 })] }));
        expect(await store.rule('r1')).toMatchObject({
          firings: 2,
          lastFiredAt: 500,
          status: 'armed',
          version: 1,
        });
      });

      it('keeps nothing of a rule that was changed, ended or removed', async () => {
        const ids = ['changed', 'disabled', 'ended', 'removed'];
        await start([...ids, 'kept'].map((id) => alertRule({ id })));
        const lease = await leased(store);
        const [all] = [[...ids, 'kept']];
        await store.commit(lease, batch({ memories: all.map((ruleId) => memory({ ruleId })) }));
        await store.putRule(alertRule({ id: 'changed', version: 2 }), 1);
        await store.putRule(alertRule({ id: 'disabled', version: 2, status: 'disabled' }), 1);
        await store.endRule('ended', 1, 'expired', null);
        await store.removeRule('u1', 'removed', NOW);
        const firings = all.map((ruleId) => firing(`f-${ruleId}`, { ruleId }));
        const result = await store.commit(
          lease,
          batch({ firings, memories: all.map((ruleId) => memory({ ruleId })) }),
        );
        expect(result?.firings.map(({ id }) => id)).toEqual(['f-kept']);
        const { memories } = await store.remembered(0);
        expect(memories.map(({ ruleId }) => ruleId).sort()).toEqual(['ended', 'kept']);
        const next = firing('f-next', { ruleId: 'changed', ruleVersion: 2 });
        expect((await store.commit(lease, batch({ firings: [next] })))?.firings).toHaveLength(1);
        const mixed = [firing('f-old', { ruleId: 'changed' }), { ...next, id: 'f-mixed' }];
        expect((await store.commit(lease, batch({ firings: mixed })))?.firings).toMatchObject([
          { id: 'f-mixed' },
        ]);
        const early = firing('f-early', { ruleId: 'changed', ruleVersion: 3 });
        expect((await store.commit(lease, batch({ firings: [early] })))?.firings).toEqual([]);
      });

      it('forgets what a rule remembers when it is replaced, not when it is muted', async () => {
        await start([alertRule(), alertRule({ id: 'r2' })]);
        const lease = await leased(store);
        await store.commit(lease, batch({ memories: [memory(), memory({ ruleId: 'r2' })] }));
        await store.muteRule('u1', 'r1', '2026-08-20T00:00:00.000Z', NOW);
        await store.putRule(alertRule({ id: 'r2', version: 2 }), 1);
        expect((await store.remembered(0)).memories).toEqual([memory()]);
      });

      it('ends a rule that is once with its first firing, until it is replaced', async () => {
        await start();
        const lease = await leased(store);
        const [{ change }] = await store.changesAfter(0, 10);
        const firings = [firing('f1', { once: true }), firing('f2', { once: true, product: 'BTC' })];
        expect((await store.commit(lease, batch({ firings })))?.firings.map(({ id }) => id)).toEqual(['f1']);
        expect((await store.commit(lease, batch({ firings: [...firings].reverse() })))?.firings).toEqual([]);
        expect(await store.rule('r1')).toMatchObject({ status: 'fired', version: 1, firings: 1 });
        expect(await store.changesAfter(change, 10)).toMatchObject([{ id: 'r1', rule: { status: 'fired' } }]);
        await store.putRule(alertRule({ version: 2 }), 1);
        expect(await store.rule('r1')).toMatchObject({ status: 'armed', firings: 1, lastFiredAt: 1_000 });
        const next = firing('f3', { once: true, ruleVersion: 2 });
        expect((await store.commit(lease, batch({ firings: [next] })))?.firings).toHaveLength(1);
      });

      it('leaves a firing by any of eight claimants exactly one, many times', {
        timeout: 300_000,
      }, async () => {
        const ids = Array.from({ length: trials }, (_, i) => `r${i}`);
        const open = await start(ids.map((id) => alertRule({ id })));
        const claimants = await Promise.all(Array.from({ length: CLAIMANTS }, open));
        const leases = await Promise.all(claimants.map((each, i) => leased(each, i, `w${i}`)));
        const kept = new Map<string, number>();
        await Promise.all(
          claimants.map(async (claimant, w) => {
            for (let begin = 0; begin < trials; begin += TOGETHER) {
              const claims = ids
                .slice(begin, begin + TOGETHER)
                .map((ruleId) => firing(`${ruleId} w${w}`, { ruleId, once: true, product: `P${w}` }));
              const result = await claimant.commit(leases[w], batch({ firings: claims }));
              for (const { ruleId } of result?.firings ?? []) kept.set(ruleId, (kept.get(ruleId) ?? 0) + 1);
            }
          }),
        );
        await Promise.all(claimants.map((each) => each.close()));
        expect([...kept.values()].filter((times) => times !== 1)).toEqual([]);
        expect(kept.size).toBe(trials);
        const stored = await store.firings(ALL);
        expect(new Set(stored.map(({ ruleId }) => ruleId)).size).toBe(trials);
        expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: trials }, (_, i) => trials - i));
      });

      it('keeps a firing once, whoever commits it at the same time', async () => {
        const open = await start();
        const others = await Promise.all(Array.from({ length: CLAIMANTS }, open));
        const told = await Promise.all(
          others.map(async (each, i) => {
            const lease = await leased(each, i, `w${i}`);
            const firings = Array.from({ length: 20 }, (_, n) => firing(`f${n}`));
            return (await each.commit(lease, batch({ firings })))?.firings ?? [];
          }),
        );
        await Promise.all(others.map((each) => each.close()));
        const ids = told.flat().map(({ id }) => id);
        expect(ids).toHaveLength(20);
        expect(new Set(ids).size).toBe(20);
        expect((await store.firings(ALL)).map(({ seq }) => seq)).toEqual(
          Array.from({ length: 20 }, (_, i) => 20 - i),
        );
        expect((await store.rule('r1'))?.firings).toBe(20);
      });
    });
  });
}

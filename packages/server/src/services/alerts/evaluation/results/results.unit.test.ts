import { expect, test, vi } from 'vitest';
import { alertRule, observedChain, productFigures, START_MS } from '../evaluation.fixture.ts';
import { createEvaluator } from '../evaluator.ts';
import { createRuleSet } from '../rules/rule-set.ts';

type Draft = Parameters<typeof alertRule>[0];

function evaluated(...rules: ReturnType<typeof alertRule>[]) {
  const set = createRuleSet();
  for (const rule of rules) expect(set.put(rule)).toBeNull();
  return { set, evaluator: createEvaluator({ rules: set, settleMs: 5_000 }) };
}

const onDate = (draft: Draft, given: Parameters<typeof alertRule>[1] = {}) =>
  alertRule({ expiry: '2026-08-25', ...draft }, given);

test('a firing says what, where, when and with which figures', () => {
  const rule = onDate({
    condition: 'pcr_oi > 1.2 && iv_rank > 80.0',
    name: 'High',
    severity: 'critical',
    channels: ['c1'],
  });
  const { evaluator } = evaluated(rule);
  evaluator.figures(productFigures(START_MS - 60_000, { iv_rank: 82.5 }));
  const { firings, memories } = evaluator.chain(
    observedChain({ timestamp: START_MS + 5_000, seq: 7 }, { pcr_oi: 1.31 }),
  );
  expect(firings).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ruleId: 'rule-1',
      ruleVersion: 1,
      owner: 'local',
      rule: 'High',
      once: false,
      severity: 'critical',
      product: 'NIFTY',
      expiry: '2026-08-25',
      at: START_MS + 5_000,
      message: 'NIFTY 2026-08-25: pcr_oi > 1.2 && iv_rank > 80.0 (pcr_oi 1.31, iv_rank 82.5%)',
      figures: { pcr_oi: 1.31, iv_rank: 82.5 },
      muted: false,
      channels: ['c1'],
      digestUntil: null,
    },
  ]);
  expect(memories).toEqual([
    {
      ruleId: 'rule-1',
      ruleVersion: 1,
      product: 'NIFTY',
      expiry: '2026-08-25',
      state: `{"phase":"fired","firedAtMs":${START_MS + 5_000}}`,
    },
  ]);
});

test('its message has nothing that a store cannot keep', () => {
  const { evaluator } = evaluated(onDate({ condition: 'pcr_oi > 1.2', message: 'a\0b\ud800c {product}' }));
  const { firings } = evaluator.chain(observedChain({}, { pcr_oi: 1.31 }));
  expect(firings[0]?.message).toBe('a\ufffdb\ufffdc NIFTY');
});

test('its template is filled with figures, also with those that the condition does not name', () => {
  const { evaluator } = evaluated(
    onDate({ condition: 'pcr_oi > 1.2', message: '{product}: {pcr_oi}, {atm_iv}, {iv_rank}' }),
  );
  const { firings } = evaluator.chain(observedChain({}, { pcr_oi: 1.3, atm_iv: 0.127 }));
  expect(firings[0]?.message).toBe('NIFTY: 1.3, 12.7%, –');
});

test('firings of a digest wait for its end; muted ones say so', () => {
  const muted = new Date(START_MS + 1).toISOString();
  const { evaluator } = evaluated(
    onDate({ condition: 'pcr_oi > 1.2', digest_minutes: 30, muted_until: muted }),
  );
  const at = (timestamp: number, seq: number, pcr_oi: number) =>
    evaluator.chain(observedChain({ timestamp, seq }, { pcr_oi })).firings[0];
  expect(at(START_MS, 0, 2)).toMatchObject({ muted: true, digestUntil: START_MS + 1_800_000 });
  at(START_MS + 1, 1, 1);
  expect(at(START_MS + 1_799_999, 2, 2)).toMatchObject({ muted: false, digestUntil: START_MS + 1_800_000 });
});

test('a mute is put without the rule beginning anew', () => {
  const rule = onDate({ condition: 'pcr_oi > 1.2', for_seconds: 5 });
  const { evaluator, set } = evaluated(rule);
  evaluator.chain(observedChain({}, { pcr_oi: 2 }));
  const muted_until = new Date(START_MS + 60_000).toISOString();
  set.put({ ...rule, definition: { ...rule.definition, muted_until } });
  const { firings } = evaluator.chain(observedChain({ timestamp: START_MS + 5_000, seq: 1 }, { pcr_oi: 2 }));
  expect(firings).toMatchObject([{ muted: true }]);
});

test('a rule that is changed begins anew; one that is disabled or removed is not evaluated', () => {
  const rule = onDate({ condition: 'pcr_oi > 1.2' });
  const { evaluator, set } = evaluated(rule);
  let seq = 0;
  const fires = () => evaluator.chain(observedChain({ seq: seq++ }, { pcr_oi: 2 })).firings.length;
  expect([fires(), fires()]).toEqual([1, 0]);
  set.put({ ...rule, version: 2 });
  expect([fires(), fires()]).toEqual([1, 0]);
  set.put({ ...rule, version: 3, definition: { ...rule.definition, enabled: false } });
  expect([fires(), set.looksAt('NIFTY')]).toEqual([0, false]);
  set.put({ ...rule, version: 4 });
  set.remove(rule.id);
  expect([fires(), set.looksAt('NIFTY')]).toEqual([0, false]);
});

test('what is remembered of another version of a rule is not used', () => {
  const state = '{"phase":"fired"}';
  const of = (ruleVersion: number) => {
    const { evaluator } = evaluated(onDate({ condition: 'pcr_oi > 1.2' }));
    evaluator.restore([{ ruleId: 'rule-1', ruleVersion, product: 'NIFTY', expiry: '2026-08-25', state }]);
    return evaluator.chain(observedChain({}, { pcr_oi: 2 })).firings.length;
  };
  expect([of(1), of(2)]).toEqual([0, 1]);
});

test('a rule whose time is over is told once and fires no more', () => {
  const { evaluator } = evaluated(
    onDate({ condition: 'pcr_oi > 1.2', expires_at: new Date(START_MS).toISOString() }),
  );
  const chain = (timestamp: number, seq: number) =>
    evaluator.chain(observedChain({ timestamp, seq }, { pcr_oi: 2 }));
  expect(chain(START_MS, 0)).toEqual({ memories: [], firings: [], expired: [{ id: 'rule-1', version: 1 }] });
  expect(chain(START_MS + 1, 1)).toEqual({ memories: [], firings: [], expired: [] });
});

test('memories of an expiry that passed are forgotten', () => {
  const { evaluator } = evaluated(alertRule({ condition: 'pcr_oi > 1.2', expiry: 'all' }));
  evaluator.chain(observedChain({}, { pcr_oi: 2 }));
  const later = Date.UTC(2026, 7, 27);
  const next = { expiry: '2026-09-01', expiry_at: Date.UTC(2026, 8, 1, 10), timestamp: later, seq: 1 };
  const { memories } = evaluator.chain(observedChain(next, { pcr_oi: 1 }));
  expect(memories).toEqual([
    { ruleId: 'rule-1', ruleVersion: 1, product: 'NIFTY', expiry: '2026-08-25', state: '' },
  ]);
});

test('how a rule stands says why it does not fire', () => {
  const { evaluator } = evaluated(
    onDate({
      condition: 'pcr_oi > 1.2 && atm_iv > 0.2',
      for_seconds: 5,
      cooldown_seconds: 60,
      session_only: true,
    }),
  );
  let seq = 0;
  const standing = (second: number, figures: Parameters<typeof observedChain>[1]) => {
    evaluator.chain(observedChain({ timestamp: START_MS + second * 1_000, seq: seq++ }, figures));
    const [found] = evaluator.standings('rule-1', { limit: 10 });
    return [found.phase, found.result, found.reason];
  };
  const at = (second: number) => new Date(START_MS + second * 1_000).toISOString();
  expect(evaluator.standings('rule-1', { limit: 10 })).toEqual([]);
  expect(standing(0, { pcr_oi: 1, atm_iv: 0.3 })).toEqual(['armed', false, 'false: pcr_oi > 1.2']);
  expect(standing(1, { pcr_oi: 2 })).toEqual(['armed', null, 'atm_iv is null']);
  expect(standing(2, { pcr_oi: 2, atm_iv: 0.3 })).toEqual([
    'pending',
    true,
    `it holds since ${at(2)} and has to for 5 s`,
  ]);
  expect(standing(7, { pcr_oi: 2, atm_iv: 0.3 })).toEqual(['fired', true, null]);
  expect(standing(8, { pcr_oi: 2, atm_iv: 0.3 })).toEqual([
    'fired',
    true,
    `it fired at ${at(7)}, and its condition was not false since`,
  ]);
  expect(standing(9, { pcr_oi: 1, atm_iv: 0.3 })).toEqual([
    'cooling',
    false,
    `it fired at ${at(7)} and cools down for 60 s`,
  ]);
  expect(standing(10, { pcr_oi: 2, atm_iv: 0.3, session_phase: 'closed' })).toEqual([
    'closed',
    true,
    'it looks only while contracts trade continuously',
  ]);
  expect(evaluator.standings('rule-1', { limit: 10 })).toMatchObject([
    {
      product: 'NIFTY',
      expiry: '2026-08-25',
      at: at(10),
      figures: { pcr_oi: 2, atm_iv: 0.3 },
      parts: [
        {
          text: 'pcr_oi > 1.2',
          position: 0,
          value: true,
          operands: [
            { text: 'pcr_oi', value: 2 },
            { text: '1.2', value: 1.2 },
          ],
        },
        { text: 'atm_iv > 0.2', position: 16, value: true },
      ],
    },
  ]);
  expect(evaluator.standings('rule-1', { product: 'BANKNIFTY', limit: 10 })).toEqual([]);
  expect(evaluator.standings('other', { limit: 10 })).toEqual([]);
});

test('of many places only those that are shown are explained', () => {
  const { set, evaluator } = evaluated(alertRule({ condition: 'pcr_oi > 1.2', expiry: 'all' }));
  const expiries = ['2026-09-01', '2026-08-25', '2026-09-08'];
  for (const [seq, expiry] of expiries.entries()) {
    const expiry_at = Date.parse(`${expiry}T10:00:00Z`);
    evaluator.chain(observedChain({ expiry, expiry_at, seq }, { pcr_oi: 1 }));
  }
  const condition = set.entry('rule-1')?.compiled.condition;
  const explain = vi.spyOn(condition as NonNullable<typeof condition>, 'explain');
  const shown = evaluator.standings('rule-1', { limit: 2 }).map(({ expiry }) => expiry);
  expect(shown).toEqual(['2026-08-25', '2026-09-01']);
  expect(explain).toHaveBeenCalledTimes(2);
});

test('parts of the platform are judged each by itself', () => {
  const definition = { condition: 'stall_seconds > 30.0', subject: 'platform' as const };
  const { evaluator } = evaluated(
    alertRule(definition),
    alertRule({ ...definition, products: ['BTC'] }, { id: 'rule-2' }),
  );
  const part = (key: string, product: string | null, stall_seconds: number, seq: number) =>
    evaluator
      .part({
        subject: 'platform',
        key,
        product,
        values: { product, stall_seconds },
        atMs: START_MS + seq,
        epoch: 'p',
        seq,
      })
      .firings.map(({ ruleId, product: of, expiry, message }) => [ruleId, of, expiry, message]);
  expect(part('NIFTY', 'NIFTY', 31, 1)).toEqual([
    ['rule-1', 'NIFTY', null, 'NIFTY: stall_seconds > 30.0 (stall_seconds 31)'],
  ]);
  expect(part('BTC', 'BTC', 31, 2).map(([rule]) => rule)).toEqual(['rule-1', 'rule-2']);
  expect(part('NIFTY', 'NIFTY', 32, 3)).toEqual([]);
  expect(part('', null, 40, 4)).toEqual([['rule-1', null, null, 'stall_seconds > 30.0 (stall_seconds 40)']]);
  expect(evaluator.chain(observedChain({}, { pcr_oi: 2 }))).toEqual({
    memories: [],
    firings: [],
    expired: [],
  });
});

test('nothing is read where no rule needs the past, and each need is read once', async () => {
  const rule = onDate({ condition: 'change(pcr_oi, "10s") > 1.0' });
  const { evaluator, set } = evaluated(onDate({ condition: 'pcr_oi > 1.2' }, { id: 'rule-0' }));
  let reads = 0;
  const store = {
    expiries: async () => [],
    lastSummaries: async () => [],
    lastProductFigures: async () => [],
  };
  const expiries = async () => {
    reads++;
    return [];
  };
  const prepare = () => evaluator.prepare('NIFTY', START_MS, { ...store, expiries });
  expect(prepare()).toBeNull();
  set.put(rule);
  const reading = prepare();
  expect(reading).not.toBeNull();
  await reading;
  expect([prepare(), reads]).toEqual([null, 1]);
});

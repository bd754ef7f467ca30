import { createInputs, setInputs } from '@deltastream/conditions';
import { expect, test } from 'vitest';
import { alertRule } from '../evaluation.fixture.ts';
import { compileRule, VOCABULARIES } from './compile-rule.ts';
import { followExpiry, step } from './rule-machine.ts';
import { NEW_STATE, type RuleState, readState, writeState } from './rule-state.ts';

type Draft = Parameters<typeof alertRule>[0];

function compiled(draft: Draft) {
  const compilation = compileRule(alertRule(draft));
  if (!compilation.ok) throw new Error(compilation.problem);
  return compilation.rule;
}

/** Seconds at which the rule fired, given values of pcr_oi by second; states go through their text each time. */
function firedAt(
  draft: Draft,
  values: Readonly<Record<number, number | null>>,
  closed: readonly number[] = [],
) {
  const rule = compiled(draft);
  const inputs = createInputs(VOCABULARIES.market);
  const fired: number[] = [];
  let state: RuleState = NEW_STATE;
  let last: number | null = null;
  for (const [second, pcr_oi] of Object.entries(values).map(([at, value]) => [Number(at), value] as const)) {
    setInputs(inputs, VOCABULARIES.market, { pcr_oi });
    const result = step(rule, readState(writeState(state)), {
      inputs,
      atMs: second * 1_000,
      sinceLastMs: last === null ? 0 : (second - last) * 1_000,
      inSession: !closed.includes(second),
    });
    if (result.fired) fired.push(second);
    state = result.state;
    last = second;
  }
  return fired;
}

const condition = 'pcr_oi > 1.0';

test('it fires once while its condition holds, and again after that was false', () => {
  expect(firedAt({ condition }, { 1: 1, 2: 2, 3: 2, 4: 1, 5: 2 })).toEqual([2, 5]);
});

test('null neither fires nor clears', () => {
  expect(firedAt({ condition }, { 1: null, 2: 2, 3: null, 4: 2, 5: 1, 6: null, 7: 2 })).toEqual([2, 7]);
});

test('its condition must hold for so long without a chain at which it is false or null', () => {
  const draft = { condition, for_seconds: 10 };
  expect(firedAt(draft, { 0: 2, 5: 2, 9: 2, 10: 2, 11: 2 })).toEqual([10]);
  expect(firedAt(draft, { 0: 2, 5: 1, 6: 2, 10: 2, 15: 2, 16: 2 })).toEqual([16]);
  expect(firedAt(draft, { 0: 2, 5: null, 6: 2, 12: 2, 16: 2 })).toEqual([16]);
});

test('a time without chains that is longer than it must hold begins it anew', () => {
  const draft = { condition, for_seconds: 10 };
  expect(firedAt(draft, { 0: 2, 11: 2, 20: 2, 21: 2 })).toEqual([21]);
  expect(firedAt(draft, { 0: 2, 10: 2 })).toEqual([10]);
});

test('with a condition that clears it, it fires again only after that was true', () => {
  const draft = { condition, clear_condition: 'pcr_oi < 0.8' };
  expect(firedAt(draft, { 1: 2, 2: 0.9, 3: 2, 4: 0.7, 5: 0.9, 6: 2 })).toEqual([1, 6]);
  expect(firedAt(draft, { 1: 2, 2: null, 3: 2 })).toEqual([1]);
});

test('while it cools down it does not fire; what holds when that ends fires then', () => {
  const draft = { condition, cooldown_seconds: 10 };
  expect(firedAt(draft, { 0: 2, 1: 1, 5: 2, 6: 1, 11: 2 })).toEqual([0, 11]);
  expect(firedAt(draft, { 0: 2, 1: 1, 5: 2, 9: 2, 10: 2, 11: 2 })).toEqual([0, 10]);
  expect(firedAt({ ...draft, for_seconds: 3 }, { 0: 2, 2: 2, 3: 2, 4: 1, 11: 2, 13: 2, 14: 2 })).toEqual([
    3, 14,
  ]);
});

test('a condition that holds while it cools down changes its memory once', () => {
  const rule = compiled({ condition, cooldown_seconds: 100 });
  const inputs = createInputs(VOCABULARIES.market);
  setInputs(inputs, VOCABULARIES.market, { pcr_oi: 2 });
  const cooling: RuleState = { ...NEW_STATE, firedAtMs: 0 };
  const first = step(rule, cooling, { inputs, atMs: 1_000, sinceLastMs: 1_000, inSession: true });
  const second = step(rule, first.state, { inputs, atMs: 2_000, sinceLastMs: 1_000, inSession: true });
  expect(first.state.phase).toBe('pending');
  expect(second.state).toBe(first.state);
});

test('outside of the session nothing fires and nothing holds', () => {
  const draft = { condition, session_only: true };
  expect(firedAt(draft, { 1: 2, 2: 2 }, [1])).toEqual([2]);
  expect(firedAt({ ...draft, for_seconds: 5 }, { 0: 2, 3: 2, 5: 2, 8: 2 }, [3])).toEqual([]);
  expect(firedAt({ ...draft, condition: 'crosses_above(pcr_oi, 1.0)' }, { 1: 1, 2: 2, 3: 2 }, [2])).toEqual([
    3,
  ]);
});

test('crossings are remembered, also of the condition that clears it', () => {
  const draft = {
    condition: 'crosses_above(pcr_oi, 1.0)',
    clear_condition: 'crosses_below(pcr_oi, 0.5)',
  };
  expect(firedAt(draft, { 1: 2, 2: 0.9, 3: 2, 4: 0.9, 5: 2, 6: 0.4, 7: 2 })).toEqual([3, 7]);
});

test('with another nearest expiry nothing is taken for a crossing, and what fired stays so', () => {
  const state: RuleState = {
    ...NEW_STATE,
    phase: 'fired',
    firedAtMs: 5,
    crossings: '-',
    expiry: '2026-08-25',
  };
  expect(followExpiry(state, '2026-09-01', 9)).toEqual({
    ...NEW_STATE,
    phase: 'fired',
    firedAtMs: 5,
    expiry: '2026-09-01',
    expiryAtMs: 9,
  });
  expect(followExpiry({ ...state, phase: 'pending', sinceMs: 4 }, '2026-09-01', 9).phase).toBe('armed');
});

test('a state is a short text, and what is none is a new state', () => {
  expect(writeState(NEW_STATE)).toBe('{}');
  expect(writeState({ ...NEW_STATE, phase: 'pending', sinceMs: 5 })).toBe('{"phase":"pending","sinceMs":5}');
  expect(readState('nothing')).toEqual(NEW_STATE);
  expect(readState('null')).toEqual(NEW_STATE);
});

test('a rule whose conditions are none is refused with the reason', () => {
  expect(compileRule(alertRule({ condition: 'pcr_io > 1.0' }))).toEqual({
    ok: false,
    problem: 'condition: there is no figure pcr_io; did you mean pcr_oi?',
  });
  expect(compileRule(alertRule({ condition, clear_condition: 'pcr_oi' }))).toMatchObject({
    problem: expect.stringMatching(/^clear_condition: a condition is true or false/),
  });
});

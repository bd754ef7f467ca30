import { CONDITION_FIGURES } from '@deltastream/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Condition, compileCondition } from './compile-condition.ts';
import { createInputs, type InputValue, setInputs } from './inputs.ts';
import { createVocabulary } from './vocabulary.ts';

const market = createVocabulary(CONDITION_FIGURES.market);

function compiled(text: string): Condition {
  const result = compileCondition(text, market);
  if (!result.ok) throw new Error(`${text}: ${result.message}`);
  return result.condition;
}

function refused(text: string, vocabulary = market) {
  const result = compileCondition(text, vocabulary);
  if (result.ok) throw new Error(`${text} was taken`);
  return result;
}

function inputsOf(values: Readonly<Record<string, InputValue>>) {
  const inputs = createInputs(market);
  setInputs(inputs, market, values);
  return inputs;
}

const evaluated = (text: string, values: Readonly<Record<string, InputValue>>, crossings = '') =>
  compiled(text).evaluate(inputsOf(values), crossings);

test('a condition has a bounded number of changes, of which equal ones are one', () => {
  const changes = (count: number) =>
    Array.from({ length: count }, (_, i) => `change(pcr_oi, "${i + 10}s") > 0.0`).join(' && ');
  expect(compiled(`${changes(8)} && ${changes(8)}`).history.changes).toHaveLength(8);
  expect(refused(changes(9)).message).toBe('a condition has at most 8 changes of other figures or spans');
});

test.each([
  ['pcr_oi > 1.2 && iv_rank > 80.0', { pcr_oi: 1.3, iv_rank: 81 }, true],
  ['pcr_oi > 1.2 && iv_rank > 80.0', { pcr_oi: 1.3, iv_rank: 80 }, false],
  ['pcr_oi > 1', { pcr_oi: 1.5 }, true],
  ['pcr_oi == 1', { pcr_oi: 1 }, true],
  ['2 * pcr_oi + 1 >= 3', { pcr_oi: 1 }, true],
  ['1 - pcr_oi / 2 < -0.5', { pcr_oi: 3.5 }, true],
  ['abs(term_slope) > 0.01', { term_slope: -0.02 }, true],
  [
    'spot_price > atm_strike ? pcr_oi > 1.0 : pcr_oi < 1.0',
    { spot_price: 1, atm_strike: 2, pcr_oi: 0.5 },
    true,
  ],
  ['(spot_price > 1.0 ? pcr_oi : -pcr_oi) > 0.0', { spot_price: 2, pcr_oi: 0.5 }, true],
  ['!(pcr_oi > 1.0)', { pcr_oi: 1 }, true],
  ['"stale" in flags', { flags: ['stale'] }, true],
  ['"stale" in flags', {}, false],
  ['product == "NIFTY" && expiry != "2026-08-25"', { product: 'NIFTY', expiry: '2026-09-01' }, true],
  ['product in ["NIFTY", "BANKNIFTY"]', { product: 'BANKNIFTY' }, true],
  ['product in ["NIFTY", "BANKNIFTY"]', { product: 'SENSEX' }, false],
  ['atm_strike in [24000.0, 24500.0]', { atm_strike: 24_500 }, true],
  ['session_phase == "continuous"', { session_phase: 'continuous' }, true],
  ['minutes_to_expiry < 30', { minutes_to_expiry: 12.5 }, true],
  ['(pcr_oi > 1.0) == (iv_rank > 50.0)', { pcr_oi: 2, iv_rank: 60 }, true],
  ['pcr_oi > 1.0 // since noon', { pcr_oi: 2 }, true],
] as const)('%s of %j is %s', (text, values, expected) => {
  expect(evaluated(text, values)).toBe(expected);
});

test.each([
  ['pcr_oi > 1.0', {}, null],
  ['pcr_oi != 1.0', {}, null],
  ['!(pcr_oi > 1.0)', {}, null],
  ['pcr_oi > 1.0 || iv_rank > 80.0', { iv_rank: 81 }, true],
  ['iv_rank > 80.0 || pcr_oi > 1.0', { iv_rank: 81 }, true],
  ['pcr_oi > 1.0 || iv_rank > 80.0', { iv_rank: 80 }, null],
  ['pcr_oi > 1.0 && iv_rank > 80.0', { iv_rank: 80 }, false],
  ['iv_rank > 80.0 && pcr_oi > 1.0', { iv_rank: 80 }, false],
  ['pcr_oi > 1.0 && iv_rank > 80.0', { iv_rank: 81 }, null],
  ['pcr_oi + 0.0 * iv_rank > 1.0', { pcr_oi: 2 }, null],
  ['spot_price / pcr_oi > 1.0', { spot_price: 1, pcr_oi: 0 }, null],
  ['spot_price > 1.0 ? pcr_oi > 1.0 : true', { pcr_oi: 2 }, null],
  ['spot_price > 1.0 ? true : pcr_oi > 1.0', { spot_price: 2 }, true],
  ['product == "NIFTY"', {}, null],
  ['session_phase in ["continuous"]', {}, null],
  ['atm_strike in [1.0, pcr_oi]', { atm_strike: 1 }, null],
  ['atm_strike in [1.0, pcr_oi]', { atm_strike: 2 }, null],
  ['product in [session_phase, "A"]', { product: 'A' }, null],
  ['change(pcr_oi, "15m") > 0.1', { pcr_oi: 1 }, null],
  ['spot_price > previous_close(spot_price)', { spot_price: 1 }, null],
] as const)('%s of %j, where the rest is null, is %s', (text, values, expected) => {
  expect(evaluated(text, values)).toBe(expected);
});

test.each([
  ['pcr_io > 1.2', /there is no figure pcr_io; did you mean pcr_oi\?/, [0, 6], 'pcr_oi'],
  ['pcr_oi > 1.2 &&\n iv_rnk > 3.0', /there is no figure iv_rnk/, [17, 23], 'iv_rank'],
  ['spot > 1.0', /there is no figure spot; did you mean spot_price\?/, [0, 4], 'spot_price'],
  ['zzzzzz > 1.0', /there is no figure zzzzzz$/, [0, 6], null],
  [
    'cross_above(pcr_oi, 1.0)',
    /no function of conditions; did you mean crosses_above/,
    [0, 24],
    'crosses_above',
  ],
  ['nothing(pcr_oi)', /no function of conditions; they are crosses_above\(x, y\)/, [0, 15], null],
  [
    'change(pcr_oi, 15) > 0.1',
    /called as change\(figure, "15m"\), not as change\(number, whole number\)/,
    [0, 18],
    null,
  ],
  ['change(pcr_oi, "15") > 0.1', /from "10s" to "24h"/, [15, 19], null],
  ['change(pcr_oi, "2d") > 0.1', /from "10s" to "24h"/, [15, 19], null],
  ['change(pcr_oi, product) > 0.1', /from "10s" to "24h"/, [15, 22], null],
  ['change(pcr_oi * 2.0, "15m") > 0.1', /of a figure by its name/, [7, 19], null],
  ['previous_close(1.0) > 0.1', /of a figure by its name/, [15, 18], null],
  ['pcr_oi >', /ends too early/, [8, 8], null],
  ['', /ends too early/, [0, 0], null],
  ['pcr_oi > 1.0 )', /\) was not expected here/, [13, 14], null],
  ['pcr_oi', /a condition is true or false/, [0, 6], null],
  ['pcr_oi > "a"', /pcr_oi > "a": no such overload: number > name/, [0, 12], null],
  ['pcr_oi == null', /null is compared with nothing/, [0, 14], null],
  ['pcr_oi in [1, 2]', /numbers in a list are written 1.0/, [0, 16], null],
  ['pcr_oi > 1/2', /whole numbers divide to a whole number/, [9, 12], null],
  ['pcr_oi > 1u', /write it as 1 or 1.0/, [9, 11], null],
  ['pcr_oi > 9007199254740993', /too large a whole number/, [9, 25], null],
  ['pcr_oi > 1e400', /Invalid number/, [9, 14], null],
  ['session_phase == "continous"', /none of closed, .*did you mean continuous/, [17, 28], 'continuous'],
  ['"continous" == session_phase', /did you mean continuous/, [0, 11], 'continuous'],
  ['"stail" in flags', /did you mean stale/, [0, 7], 'stale'],
  ['session_phase in ["open"]', /none of closed/, [18, 24], 'pre_open'],
  ['flags == flags', /flags is a list: write "stale" in flags/, [0, 5], null],
  ['product > "A"', /names are equal or not/, [0, 13], null],
  ['quotes_as_of > 1.0', /there is no figure quotes_as_of/, [0, 12], null],
  ['flags.exists(f, f == "stale")', /is not part of conditions/, [0, 29], null],
  ['product.matches("(a+)+$")', /is not part of conditions/, [0, 25], null],
  ['dyn(pcr_oi) > 1.0', /dyn is no(t part| function) of conditions/, [0, 11], null],
  ['cel.bind(x, pcr_oi, x > 1.0)', /not part of conditions/, [0, 28], null],
  ['[1.0].map(x, x)[0] > 0.0', /not part of conditions/, [0, 18], null],
  ['pcr_oi % 2 == 0', /no such overload: number % whole number/, [0, 10], null],
  ['constructor > 1.0', /there is no figure constructor/, [0, 11], null],
  ['__proto__ == toString', /Reserved identifier: __proto__/, [0, 9], null],
] as const)('%s is refused', (text, message, [start, end], suggestion) => {
  expect(refused(text)).toEqual({
    ok: false,
    message: expect.stringMatching(message),
    position: { start, end },
    suggestion,
  });
});

test('a condition is bounded in length, nodes and depth', () => {
  expect(refused(`pcr_oi > ${'1'.repeat(2_000)}`).message).toMatch(/longer than 2000 characters/);
  expect(refused(`${'pcr_oi>1||'.repeat(190)}true`).message).toMatch(/too large or too deeply nested/);
  expect(refused(`${'('.repeat(40)}true${')'.repeat(40)}`).message).toMatch(/too deeply nested/);
  expect(refused(`${'!'.repeat(1_990)}true`).message).toMatch(/too large/);
  expect(refused(`atm_strike in [${'1.0,'.repeat(65)}1.0]`).message).toMatch(/too large/);
  expect(compiled(`${'pcr_oi > 1.0 || '.repeat(60)}true`).evaluate(createInputs(market))).toBe(true);
});

test('no text throws, and each that is refused says where', () => {
  const pieces = [
    'pcr_oi',
    'iv_rank',
    'flags',
    'product',
    '"stale"',
    '1',
    '2.5',
    '(',
    ')',
    '[',
    ']',
    ',',
    '&&',
    '||',
    '!',
  ];
  const piece = fc.constantFrom(
    ...pieces,
    '>',
    '==',
    'in',
    '+',
    '/',
    '-',
    '?',
    ':',
    'change',
    '"15m"',
    'null',
    '.',
    '\n',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((all) => all.join(' ')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const result = compileCondition(given, market);
      if (result.ok) return;
      expect(result.position.start).toBeGreaterThanOrEqual(0);
      expect(result.position.end).toBeGreaterThanOrEqual(result.position.start);
      expect(result.position.end).toBeLessThanOrEqual(given.length);
      expect(result.message).not.toBe('');
    }),
    { numRuns: 2_000 },
  );
});

test('what the library evaluates is evaluated in the same way, and its errors are null', () => {
  const figures = ['pcr_oi', 'iv_rank', 'atm_iv'] as const;
  const value = fc.constantFrom(-1, 0, 0.5, 1, 80);
  const { truth } = fc.letrec<{ number: string; truth: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...figures),
      value.map((n) => (n < 0 ? `(${n}.0)` : n === 0.5 ? '0.5' : `${n}.0`)),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number'))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc.tuple(tie('truth'), tie('number'), tie('number')).map(([w, a, b]) => `(${w} ? ${a} : ${b})`),
    ),
    truth: fc.oneof(
      { maxDepth: 3 },
      fc
        .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
        .map((all) => all.join(' '))
        .map((all) => `(${all})`),
      fc.tuple(tie('truth'), fc.constantFrom('&&', '||'), tie('truth')).map((all) => `(${all.join(' ')})`),
      tie('truth').map((a) => `!${a}`),
      fc.tuple(tie('number'), tie('number'), tie('number')).map(([a, b, c]) => `(${a} in [${b}, ${c}])`),
    ),
  }));
  const given = fc.record({ pcr_oi: value, iv_rank: value, atm_iv: value }, { requiredKeys: [] });
  let nulls = 0;
  fc.assert(
    fc.property(truth, given, (text, values) => {
      const expected = libraryResult(text, values);
      if (expected === null) nulls++;
      expect(evaluated(text, values), text).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
  expect(nulls).toBeGreaterThan(100);
});

function libraryResult(text: string, values: Readonly<Record<string, number | undefined>>): boolean | null {
  try {
    return market.environment.evaluate(text, values);
  } catch {
    return null;
  }
}

test('a crossing is true at the one chain at which the level is passed', () => {
  const condition = compiled('crosses_above(pcr_oi, 1.0) || crosses_below(pcr_oi, 0.5)');
  const seen: (boolean | null)[] = [];
  let memory = '';
  for (const pcr_oi of [0.9, 1, 1.1, 1.2, null, 1, 1.1, null, 0.4, 0.3, 0.5, 0.4]) {
    const inputs = inputsOf({ pcr_oi });
    seen.push(condition.evaluate(inputs, memory));
    memory = condition.cross(inputs, memory);
  }
  expect(seen).toEqual([
    null, // nothing was before
    false,
    true,
    false,
    null,
    false,
    true, // it was at the level, which is not above it
    null,
    true, // what was before the null counts
    false,
    false,
    true,
  ]);
  expect(memory).toBe('-+');
});

test('a condition names its figures and what it needs of the past', () => {
  const { figures, history } = compiled(
    'change(iv_30d, "2h") > 0.0 && spot_price > previous_close(spot_price) && crosses_above(pcr_oi, iv_30d) && change(iv_30d, "120m") > 0.0',
  );
  expect(figures).toEqual(['iv_30d', 'spot_price', 'pcr_oi']);
  expect(history).toEqual({
    changes: [{ figure: 'iv_30d', spanMs: 7_200_000 }],
    previousCloses: ['spot_price'],
    crossings: 1,
  });
});

test('the past is asked for by slot', () => {
  const inputs = inputsOf({ spot_price: 105 });
  const slot = market.words.get('spot_price')?.slot;
  inputs.past = {
    before: (asked, span) => (asked === slot && span === 90_000 ? 100 : Number.NaN),
    previousClose: (asked) => (asked === slot ? 110 : Number.NaN),
  };
  expect(compiled('change(spot_price, "90s") == 5.0').evaluate(inputs)).toBe(true);
  expect(compiled('spot_price < previous_close(spot_price)').evaluate(inputs)).toBe(true);
});

test('it is explained by its comparisons with what they compare', () => {
  const text = 'pcr_oi > 1.2 && (iv_rank > 80.0 || "stale" in flags) && crosses_above(atm_iv, 0.2)';
  expect(compiled(text).explain(inputsOf({ pcr_oi: 1.3, flags: [] }), '-')).toEqual([
    part('pcr_oi > 1.2', 0, true, ['pcr_oi', 1.3], ['1.2', 1.2]),
    part('iv_rank > 80.0', 17, null, ['iv_rank', null], ['80.0', 80]),
    part('"stale" in flags', 35, false, ['"stale"', 'stale']),
    part('crosses_above(atm_iv, 0.2)', 56, null, ['atm_iv', null], ['0.2', 0.2]),
  ]);
});

const part = (
  text: string,
  position: number,
  value: boolean | null,
  ...operands: [string, number | string | null][]
) => ({ text, position, value, operands: operands.map(([of, operand]) => ({ text: of, value: operand })) });

test('each subject has its words', () => {
  const platform = createVocabulary(CONDITION_FIGURES.platform);
  expect(compileCondition('disk_free_fraction < 0.1 || dead_letters > 0', platform)).toMatchObject({
    ok: true,
  });
  expect(refused('pcr_oi > 1.0', platform).message).toMatch(/no figure pcr_oi/);
  const log = createVocabulary(CONDITION_FIGURES.log);
  expect(compileCondition('severity == "critical" && state == "firing"', log)).toMatchObject({ ok: true });
});

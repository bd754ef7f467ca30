import type { JsonSchema } from '../../packages/server/src/services/gateway/openapi/document.ts';
import type { Choices } from './choices.ts';

const LONG = 5000;

const STRANGE_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'undefined',
  'NaN',
  'true',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '..',
  '%2e%2e%2f',
  "' OR '1'='1",
  '{"$gt":""}',
  '$where',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '=cmd|calc',
  'nifty',
  'NIFTY\n',
  'NIFTY%00',
  '\u0000',
  '\u202Eabc',
  '\uFEFF',
  '𝒳𝓨',
  '👩‍👩‍👧‍👦',
  'İstanbul',
  'ß',
  'ｎｉｆｔｙ',
  '\uD800',
  'a'.repeat(300),
  'b'.repeat(301),
  '字'.repeat(400),
  'x'.repeat(LONG),
  '9999-99-99',
  '2026-02-30',
  '0000-00-00',
  '2026-08-19T05:57:00',
  '2026-08-19T05:57:60Z',
  '+275760-09-13T00:00:00.001Z',
  '-000001-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2026-08-19T05:57:00+24:00',
  '1e309',
  '0x10',
  '١٢٣',
  '12,34',
  ',',
  'iv,,delta',
] as const;

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  999,
  1000,
  1001,
  9999,
  10_000,
  10_001,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  5e-324,
  8.64e15,
  8.64e15 + 1,
] as const;

export const strangeText = (choices: Choices): string => choices.of(STRANGE_TEXTS);

/** Any JSON value, of any type. */
export function strangeValue(choices: Choices, depth = 0): unknown {
  switch (choices.integer(0, depth > 3 ? 4 : 7)) {
    case 0:
      return null;
    case 1:
      return choices.chance(0.5);
    case 2:
      return choices.of(NUMBERS);
    case 3:
    case 4:
      return strangeText(choices);
    case 5:
      return Array.from({ length: choices.integer(0, 4) }, () => strangeValue(choices, depth + 1));
    case 6:
      return nested(choices.integer(1, 400));
    default:
      return Object.fromEntries(
        Array.from({ length: choices.integer(0, 3) }, () => [
          strangeText(choices),
          strangeValue(choices, depth + 1),
        ]),
      );
  }
}

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);

/** Values at and just beyond what a schema allows. */
export function boundaryValue(schema: JsonSchema, choices: Choices): unknown {
  const edges: unknown[] = [];
  for (const edge of ['minimum', 'maximum', 'exclusiveMinimum', 'default']) {
    const at = schema[edge];
    if (typeof at === 'number') edges.push(at, at + 1, at - 1, at + 0.5);
  }
  for (const edge of ['minLength', 'maxLength']) {
    const length = schema[edge];
    if (typeof length === 'number' && length <= LONG) {
      edges.push(...[length - 1, length, length + 1].map((each) => 'A'.repeat(Math.max(0, each))));
    }
  }
  if (Array.isArray(schema.enum)) edges.push(...schema.enum, String(schema.enum[0]).toUpperCase());
  return edges.length === 0 ? strangeValue(choices) : choices.of(edges);
}

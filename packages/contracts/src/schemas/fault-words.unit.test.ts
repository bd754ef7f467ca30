import Type from 'typebox';
import { expect, it } from 'vitest';
import { schemaCheck } from '../frames.ts';

const order = schemaCheck(
  Type.Object(
    {
      from: Type.String({ format: 'date-time' }),
      expiry: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}$', examples: ['2026-08'] })),
      plain: Type.Optional(Type.String({ pattern: '^a+$' })),
      kind: Type.Optional(Type.Enum(['bars', 'ticks'])),
      limits: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 9 }))),
    },
    { additionalProperties: false },
  ),
);
const from = '2026-08-19T00:00:00Z';

it.each([
  ['an instant without a zone', { from: '2026-08-19' }, '/from must be written like 2026-08-19T05:57:00Z'],
  ['another form', { from, expiry: 'August' }, '/expiry must be written like 2026-08'],
  ['a form without an example', { from, plain: 'b' }, '/plain must match pattern "^a+$"'],
  ['another name', { from, kind: 'rows' }, '/kind must be one of bars, ticks'],
  ['too little', { from, limits: [3, 0] }, '/limits/1 must be at least 1'],
  ['too much', { from, limits: [10] }, '/limits/0 must be at most 9'],
  ['a field that there is not', { from, limti: 3 }, '/limti is not a name that is known here'],
  ['nothing', {}, ' must have required properties from'],
])('says of %s what would be right', (_, value, expected) => {
  expect(order.accepts(value)).toBe(false);
  const { instancePath, message } = order.faultOf(value);
  expect(`${instancePath} ${message}`).toBe(expected);
});

import { expect, test } from 'vitest';
import { lookedAt } from './looked-at.ts';

const stored = (expiry: string, firstTimestamp: number, lastTimestamp: number, expiryAt: number) => ({
  expiry,
  expiryAt,
  firstTimestamp,
  lastTimestamp,
});
/** A monthly one, listed for long, and two weekly ones; the second is listed late, the third ended early. */
const EXPIRIES = [
  stored('w1', 10, 100, 100),
  stored('w2', 120, 200, 200),
  stored('w3', 210, 230, 300),
  stored('m', 0, 400, 400),
];
const span = { fromMs: 0, toMs: 1_000 };

test('an expiry is read while it may be the nearest', () => {
  expect(lookedAt('nearest', EXPIRIES, span)).toEqual([
    { expiry: 'w1', spans: [{ fromMs: 10, toMs: 101 }] },
    { expiry: 'w2', spans: [{ fromMs: 120, toMs: 201 }] },
    { expiry: 'w3', spans: [{ fromMs: 210, toMs: 231 }] },
    {
      expiry: 'm',
      spans: [
        { fromMs: 0, toMs: 10 },
        { fromMs: 101, toMs: 120 },
        { fromMs: 201, toMs: 210 },
        { fromMs: 231, toMs: 401 },
      ],
    },
  ]);
});

test('only what lies within the span is read', () => {
  expect(lookedAt('nearest', EXPIRIES, { fromMs: 50, toMs: 110 })).toEqual([
    { expiry: 'w1', spans: [{ fromMs: 50, toMs: 101 }] },
    { expiry: 'm', spans: [{ fromMs: 101, toMs: 110 }] },
  ]);
  expect(lookedAt('all', EXPIRIES, { fromMs: 50, toMs: 110 })).toEqual([
    { expiry: 'w1', spans: [{ fromMs: 50, toMs: 101 }] },
    { expiry: 'm', spans: [{ fromMs: 50, toMs: 110 }] },
  ]);
  expect(lookedAt('w2', EXPIRIES, span)).toEqual([{ expiry: 'w2', spans: [{ fromMs: 120, toMs: 201 }] }]);
  expect(lookedAt('w2', EXPIRIES, { fromMs: 0, toMs: 120 })).toEqual([]);
});

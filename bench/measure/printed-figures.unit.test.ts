import { expect, it } from 'vitest';
import { readFigures } from './printed-figures.ts';

it('reads every number of the tables that a benchmark prints, by row and column', () => {
  const printed = [
    'Medians of 3 rounds.',
    '',
    '| | snapshots/s | of raw | put p50 / p99 ms |',
    '|---|---:|---:|---:|',
    '| raw limit | 9,098 | 100% | 0.8 / 2.7 |',
    '| **store** | 1.82M | - | 9.0 ms |',
    '',
    'p50 | of text',
    '| step | us |',
    '|---|---|',
    '| decode | 11.7 |',
    '',
    '| step | us |',
    '|---|---|',
    '| decode | 12 |',
  ].join('\n');
  expect(Object.fromEntries(readFigures(printed))).toEqual({
    'raw limit, snapshots/s': 9_098,
    'raw limit, of raw': 100,
    'raw limit, put p50 / p99 ms (1)': 0.8,
    'raw limit, put p50 / p99 ms (2)': 2.7,
    'store, snapshots/s': 1_820_000,
    'store, put p50 / p99 ms': 9,
    'decode, us': 11.7,
    'decode, us, table 2': 12,
  });
});

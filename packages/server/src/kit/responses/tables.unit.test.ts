import { expect, it } from 'vitest';
import { preferredType } from './tables.ts';

const OFFERED = ['application/json', 'text/csv'] as const;

it.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['text/csv', 'text/csv'],
  ['TEXT/CSV; charset=utf-8', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/csv, application/json', 'application/json'],
  ['text/csv, application/json;q=0.9', 'text/csv'],
  ['text/csv;q=0.1, */*;q=0.5', 'application/json'],
  ['application/json;q=0, */*', 'text/csv'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
  ['image/png', null],
  ['*/*;q=0', null],
  ['application/json;q=0', null],
  ['nonsense, text/csv', 'text/csv'],
  ['text/csv;q=2', null],
  ['text/csv;q=-1', null],
  [','.repeat(1000), null],
])('prefers for %j %j', (accept, type) => {
  expect(preferredType(accept, OFFERED)).toBe(type);
});

import { describe, expect, it } from 'vitest';
import { type Import, importOutcome, importShare, instantOf } from './job-rows.ts';

const rows = (count: number) => ({ new: count, replaced: 1, kept: 0 });
const PROGRESS = { position: 25, total: 100, cancelled: false, outcome: null, preview: null };
const importOf = (progress: object | null, state: Import['state'] = 'running', dry_run = false) =>
  ({ state, dry_run, progress: progress && { ...PROGRESS, ...progress } }) as Import;

describe('an import', () => {
  it.each([
    [importOf({}), 0.25],
    [importOf({ total: null }), null],
    [importOf(null), null],
    [importOf({ position: 120 }), 1],
    [importOf({ total: null }, 'done'), 1],
    [importOf({ cancelled: true }, 'done'), 0.25],
  ])('says how far it is', (given, share) => expect(importShare(given)).toBe(share));

  it.each([
    [importOf(null), null],
    [importOf({}), null],
    [importOf({ cancelled: true }), 'cancelled; what it stored stays'],
    [importOf({ outcome: { chains: rows(2), ticks: rows(3) } }, 'done'), '5 new, 2 replaced, 0 kept'],
    [
      importOf({ preview: { format: 'bhavcopy', products: [{ product: 'NIFTY' }] } }, 'done', true),
      'bhavcopy: NIFTY',
    ],
  ])('says what became of it', (given, outcome) => expect(importOutcome(given)).toBe(outcome));
});

it.each([
  ['2026-08-19T09:15', '2026-08-19T09:15:00.000Z'],
  ['', null],
  [undefined, null],
])('a picked time %s is %s', (picked, instant) => expect(instantOf(picked)).toBe(instant));

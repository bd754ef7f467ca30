import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { printInstruments } from './instruments.ts';

const KEPT = join(import.meta.dirname, '../../services/feed/instruments/instruments-1.json');

let data: string;
let printed: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'deltastream-instruments-'));
  mkdirSync(join(data, 'instruments'));
  copyFileSync(KEPT, join(data, 'instruments', 'kite.json'));
  printed = '';
  vi.spyOn(stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(data, { recursive: true });
});

it.each([
  ['2026-11-02T12:00:00Z', 75, '2026-11-02T08:00:00.000Z'],
  ['2026-11-05T12:00:00Z', 65, '2026-11-03T08:00:00.000Z'],
])('prints the terms of an instant: %s', async (at, lot, since) => {
  await printInstruments({ data, source: 'none' }, 'NIFTY', { at, format: 'json' });
  expect(JSON.parse(printed)).toContainEqual({
    ...{ venue: 'kite', kind: 'option', id: 12345, product: 'NIFTY', exchange: 'NSE', expiry: '2026-12-29' },
    ...{ expires_at: '2026-12-29T10:10:00.000Z', strike: 26_000, side: 'call', lot_size: lot },
    ...{ price_tick: 0.05, terms_since: since },
    ...{ multiplier: null, delivery: null, style: null, settlement_currency: null },
  });
  printed = '';
  await printInstruments({ data, source: 'none' }, 'NIFTY', { at, format: 'text' });
  expect(printed).toContain(`kite\toption\t2026-12-29\t26000\tcall\t${lot}\t0.05\t${since}\t12345\n`);
});

it('says what is wrong with what it is asked for, and with what is kept', async () => {
  const print = (product: string, at?: string) =>
    printInstruments({ data, source: 'none' }, product, { at, format: 'text' });
  await expect(print('NIFTY', 'noon')).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(print('TCS')).rejects.toMatchObject({ code: 'unknown_product' });
  await expect(print('NIFTY', '2026-11-01T00:00:00Z')).rejects.toMatchObject({ code: 'unknown_product' });
  writeFileSync(join(data, 'instruments', 'dhan.json'), '{"version":9}');
  await expect(print('NIFTY', '2026-11-05T00:00:00Z')).rejects.toMatchObject({
    code: 'stored_data_damaged',
    message: expect.stringContaining('dhan.json: it has version 9'),
  });
});

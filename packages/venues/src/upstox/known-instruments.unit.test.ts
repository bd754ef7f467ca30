import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import type { Instrument } from '../instrument.ts';
import { createKnownInstruments } from './known-instruments.ts';

const NIFTY = listedOn('NSE', 'NIFTY');
const DAY_MS = 86_400_000;
const dated = { listing: NIFTY, expiry: '2026-12-01', expiresAt: DAY_MS };
const option = (id: string): Instrument => ({
  ...{ ...dated, kind: 'option', id },
  ...{ strike: 24_000, side: 'call', lotSize: 65 },
});
const future = (id: string): Instrument => ({ ...dated, kind: 'future', id, expiresAt: 3 * DAY_MS });

test('contracts stay over another list until they cease, and a key may be given to another', () => {
  const known = createKnownInstruments();
  const listed = (asOf: number, instruments: Instrument[]) =>
    known.add({ asOf, instruments, rejected: new Map() });
  listed(0, [
    { kind: 'underlying', id: 'NSE_INDEX|Nifty 50', listing: NIFTY },
    option('NSE_FO|1'),
    option('NSE_FO|2'),
  ]);
  listed(DAY_MS - 1, [future('NSE_FO|2')]);
  expect([...known.lots]).toEqual([
    ['NSE_INDEX|Nifty 50', 1],
    ['NSE_FO|1', 65],
    ['NSE_FO|2', 1],
  ]);
  expect([...known.options]).toEqual(['NSE_FO|1']);
  listed(DAY_MS, []);
  expect([...known.lots.keys()]).toEqual(['NSE_INDEX|Nifty 50', 'NSE_FO|2']);
  expect(known.options.size).toBe(0);
});

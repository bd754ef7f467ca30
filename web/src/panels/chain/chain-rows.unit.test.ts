import type { ChainView, ContractView } from '@deltastream/client';
import { expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import { csvOf } from '../../panel/file/csv.ts';
import { cellText } from '../../panel/table/figure-table.tsx';
import { chainRows } from './chain-rows.ts';

const contract = (changes: Partial<ContractView>) => changes as ContractView;
const CHAIN = {
  product: 'NIFTY',
  expiry: '2026-08-25',
  strikes: [100, 110, 120],
  atm_strike: 110,
  calls: [
    contract({ vega: 12.34, open_interest: 1_000, buildup: 'long_buildup' }),
    contract({ vega: null, open_interest: 0 }),
    null,
  ],
  puts: [contract({ vega: 7, open_interest: 5 }), null, contract({ vega: 1, open_interest: 2 })],
} as unknown as ChainView;

it('has the rows and columns of a chain as they are shown, exact and in their units', () => {
  const table = chainRows(CHAIN, 0, ['buildup', 'open_interest', 'vega'], createFormat('western', 'UTC'));
  expect(csvOf(table).split('\r\n')).toEqual([
    'Call Build-up,Call OI,Call Vega/pt,Strike,Put Vega/pt,Put OI,Put Build-up',
    'long build-up,1000,0.1234,100,0.07,5,',
    ',0,,110,,,',
    ',,,120,0.01,2,',
    '',
  ]);
  expect(table.rows[0].map((value, i) => cellText(table.columns[i], value))).toEqual([
    'long build-up',
    '1,000',
    '0.123',
    '100',
    '0.070',
    '5',
    '–',
  ]);
  const around = chainRows(
    { ...CHAIN, strikes: [...CHAIN.strikes] },
    1,
    ['vega'],
    createFormat('western', 'UTC'),
  );
  expect(around.rows.map(([, strike]) => strike)).toEqual([100, 110, 120]);
});

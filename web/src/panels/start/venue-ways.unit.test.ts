import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CBOE_TERMS } from '../../../../packages/venues/src/cboe/terms.ts';
import {
  BROKER_WAYS,
  CBOE_TERMS_ADDRESS,
  CBOE_WAY,
  EXCHANGE_WAY,
  isOpenAlgoAddress,
  OPENALGO_ADDRESS,
  openAlgoWay,
} from './venue-ways.ts';

const SETTINGS = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8');
const [, KNOWN = ''] = SETTINGS.match(/live venues by comma \(([a-z,]+), /) ?? [];
const WAYS = [EXCHANGE_WAY, ...BROKER_WAYS, openAlgoWay(OPENALGO_ADDRESS), CBOE_WAY];

it.each(WAYS)('follows $venue by flags that the platform has', ({ venue, flags }) => {
  const names = flags.match(/--[a-z-]+/g) ?? [];
  expect(names[0]).toBe('--source');
  for (const name of names) expect(SETTINGS).toContain(`\`${name}\``);
  expect(flags).toContain(`--source ${venue}`);
});

it('offers every venue that the platform can follow', () => {
  expect(WAYS.map(({ venue }) => venue).sort()).toEqual(KNOWN.split(',').sort());
});

it.each([
  ['http://127.0.0.1:5000', true],
  ['https://openalgo.example.com/', true],
  ['http://[::1]:5000', true],
  ['openalgo.example.com', false],
  ['http://nas.lan:99999', false],
  ['http://nas.lan;reboot', false],
  ['http://nas.lan/path', false],
  ['', false],
])('takes %j as an address of OpenAlgo: %j', (address, taken) => {
  expect(isOpenAlgoAddress(address)).toBe(taken);
});

it('says of the terms of Cboe what its connector says', () => {
  for (const words of [
    'personal, non-commercial use',
    'automated extraction and redistribution',
    'refused',
  ]) {
    expect(CBOE_TERMS.replaceAll('\n', ' ')).toContain(words);
    expect(CBOE_WAY.terms).toContain(words);
  }
  expect(CBOE_TERMS).toContain(CBOE_TERMS_ADDRESS);
});

import { expect, test } from 'vitest';
import { AT, BTC_CALL, instrumentRow, SOL_PUT, SOL_ROW } from './deribit.fixture.ts';
import { createListedContracts, listingCurrency } from './listed-contracts.ts';

const readOf = (products: string[], ...rows: unknown[]) =>
  createListedContracts().replace(rows, products, AT);
const read = (...rows: unknown[]) => readOf(['BTC', 'SOL_USDC'], ...rows);

test('DVOL is listed where it is wanted, a series of its own', () => {
  const ids = (...products: string[]) =>
    readOf(products, instrumentRow(), SOL_ROW).instruments.map(({ id }) => id);
  expect(ids('BTC')).toEqual(['btc_usd', BTC_CALL]);
  expect(ids('BTC', 'BTC.DVOL')).toEqual(['btc_usd', 'deribit_volatility_index.btc_usd', BTC_CALL]);
  expect(['BTC', 'BTC.DVOL', 'SOL_USDC'].map(listingCurrency)).toEqual(['BTC', 'BTC', 'USDC']);
});

test('an option is listed with its index', () => {
  const { instruments, rejected, asOf } = read(instrumentRow(), SOL_ROW);
  expect(asOf).toBe(AT);
  expect([...rejected]).toEqual([]);
  expect(instruments.map(({ kind, id, listing }) => [kind, id, listing.symbol])).toEqual([
    ['underlying', 'btc_usd', 'BTC'],
    ['underlying', 'sol_usdc', 'SOL_USDC'],
    ['option', BTC_CALL, 'BTC'],
    ['option', SOL_PUT, 'SOL_USDC'],
  ]);
  expect(instruments[2]).toMatchObject({
    expiry: '2026-01-30',
    expiresAt: Date.parse('2026-01-30T08:00:00Z'),
    strike: 95_000,
    side: 'call',
    ...{ lotSize: 1, multiplier: 1, settlement: { currency: 'BTC' } },
    listing: { exchange: 'DERIBIT', currency: 'USD', priceTick: 0.0001 },
  });
  expect(instruments[3]).toMatchObject({
    ...{ lotSize: 10, multiplier: 10, settlement: { currency: 'USDC' } },
    side: 'put',
    listing: { currency: 'USDC', priceTick: 0.01 },
  });
});

test('a step in coin is told where the product is known to be quoted in coin', () => {
  const tick = (name: string) =>
    readOf(['BTC', 'DOGE'], instrumentRow({ instrument_name: name, tick_size: 0.0005 })).instruments.at(-1)
      ?.listing.priceTick;
  expect(tick(BTC_CALL)).toBe(0.0005);
  expect(tick('DOGE-30JAN26-95000-C')).toBeNull();
});

test('the currency of settlement is that of the list', () => {
  const [, option] = read(instrumentRow({ settlement_currency: 'USDC' })).instruments;
  expect(option).toMatchObject({ settlement: { currency: 'USDC' } });
});

test('a decimal strike is read from the name', () => {
  const row = instrumentRow({ ...SOL_ROW, instrument_name: 'SOL_USDC-30JAN26-0d128-P', strike: 0.128 });
  expect(read(row).instruments.at(-1)).toMatchObject({ strike: 0.128 });
});

test('options of other products are passed over without a word', () => {
  const { instruments, rejected } = read(
    instrumentRow({ instrument_name: 'XRP_USDC-30JAN26-2d05-C', strike: 2.05 }),
  );
  expect(instruments).toEqual([]);
  expect(rejected.size).toBe(0);
});

test.each([
  ['bad_value', null],
  ['bad_value', instrumentRow({ instrument_name: 'BTC-PERPETUAL' })],
  ['bad_value', instrumentRow({ strike: 96_000 })],
  ['bad_value', instrumentRow({ option_type: 'put' })],
  ['bad_value', instrumentRow({ contract_size: 0 })],
  ['bad_value', instrumentRow({ price_index: null })],
  ['bad_value', instrumentRow({ settlement_currency: 7 })],
  ['bad_expiry', instrumentRow({ expiration_timestamp: Date.parse('2026-01-31T08:00:00Z') })],
  ['bad_expiry', instrumentRow({ instrument_name: 'BTC-31FEB26-95000-C' })],
  ['duplicate', instrumentRow()],
])('%s costs its row only', (reason, row) => {
  const { instruments, rejected } = read(instrumentRow(), row, SOL_ROW);
  expect([...rejected]).toEqual([[reason, 1]]);
  expect(instruments.filter(({ kind }) => kind === 'option').length).toBe(2);
});

test('the forward of a contract outlives a new list', () => {
  const contracts = createListedContracts();
  contracts.replace([instrumentRow()], ['BTC'], AT);
  const contract = contracts.contract(BTC_CALL);
  if (contract) contract.forward = 90_000;
  contracts.replace([instrumentRow()], ['BTC'], AT + 1000);
  expect(contracts.contract(BTC_CALL)?.forward).toBe(90_000);
});

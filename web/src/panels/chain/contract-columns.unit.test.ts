import type { ContractView } from '@deltastream/client';
import { expect, it } from 'vitest';
import { columnsFor, sameContract } from './contract-columns.ts';

const contract = (changes: Partial<ContractView> = {}) =>
  ({ price: 10, iv: null, iv_status: 'no_price', open_interest: 5, vega: 1, ...changes }) as ContractView;

it('takes a contract for changed where a shown figure or its reason is another one, and not else', () => {
  const same = (changes: Partial<ContractView>) =>
    sameContract(contract(), contract(changes), columnsFor('narrow'));
  expect(same({ vega: 2 })).toBe(true);
  expect(same({ price: 11 })).toBe(false);
  expect(same({ iv_status: 'ok' } as Partial<ContractView>)).toBe(false);
  expect(sameContract(contract(), null, columnsFor('narrow'))).toBe(false);
  expect(sameContract(null, null, [])).toBe(true);
});

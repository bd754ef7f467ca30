import type { ContractView } from '@deltastream/client';
import { CONTRACT_FIGURES } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { COLUMN_GROUPS, columnsFor, readColumns, sameContract, widthsOf } from './contract-columns.ts';

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

describe('columns of a chain', () => {
  it('are offered in groups, every figure of a contract once', () => {
    const offered = COLUMN_GROUPS.flatMap(({ names }) => names);
    expect(offered.toSorted()).toEqual(Object.keys(CONTRACT_FIGURES).toSorted());
    expect(COLUMN_GROUPS.map(({ title, names }) => [title, names.includes('vega')])).toEqual([
      ['Price', false],
      ['Open interest', false],
      ['Greeks', true],
      ['Flags', false],
    ]);
  });

  it('are read from the address in the order of the screen, without what is none', () => {
    expect(readColumns('price,vega,nothing,open_interest')).toEqual(['open_interest', 'vega', 'price']);
    expect(readColumns('')).toBeNull();
    expect(readColumns('__proto__,nothing')).toBeNull();
  });

  it('fit the screen that they are for, and scroll where more were chosen', () => {
    for (const screen of ['narrow', 'medium', 'wide', 'full'] as const)
      expect(widthsOf(columnsFor(screen), screen).scrolls).toBeNull();
    const { columns, strike, scrolls } = widthsOf(columnsFor('full'), 'narrow');
    expect(scrolls).toBeGreaterThan(1_000);
    expect(2 * columns.reduce((sum, each) => sum + each, 0) + strike).toBeCloseTo(100);
  });

  // In the font of these places digits are 7 pixels wide, points and commas half of that, edges 8.
  it.each([
    ['wide', 840],
    ['full', 1_080],
  ] as const)('of a %s place have the room that their longest usual number or word takes', (screen, room) => {
    const names = columnsFor(screen);
    const { columns } = widthsOf(names, screen);
    const pixelsOf = (name: (typeof names)[number]) => (columns[names.indexOf(name)] * room) / 100;
    const needed = {
      bid: 55,
      ask: 55,
      price: 65,
      delta: 47,
      iv: 40,
      volume: 62,
      open_interest: 54,
      buildup: 93,
    } as const;
    for (const [name, pixels] of Object.entries(needed).filter(([each]) =>
      names.some((name) => name === each),
    ))
      expect(pixelsOf(name as keyof typeof needed), name).toBeGreaterThanOrEqual(pixels);
  });
});

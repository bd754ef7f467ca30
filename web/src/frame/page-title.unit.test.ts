import { expect, it } from 'vitest';
import { pageTitle } from './page-title.ts';

const CHAIN = { title: 'Chain' };

it.each([
  [CHAIN, 'NIFTY', null, 'NIFTY, Chain – DeltaStream'],
  [CHAIN, 'NIFTY', '25 Aug 2026, 15:29:00', 'NIFTY, Chain, as of 25 Aug 2026, 15:29:00 – DeltaStream'],
  [CHAIN, null, null, 'Chain – DeltaStream'],
  [{ title: 'Admin', apart: true } as const, 'NIFTY', '25 Aug 2026', 'Admin – DeltaStream'],
  [null, 'NIFTY', null, 'DeltaStream'],
])('names a tab after %o of %s at %s', (page, product, instant, title) => {
  expect(pageTitle(page, product, instant)).toBe(title);
});

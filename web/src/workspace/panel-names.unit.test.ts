import { expect, it } from 'vitest';
import { PANELS } from '../pages/panels.ts';
import { canPin, knownPanel, panelsBySubject, titleOf } from './panel-names.ts';

it('lists every panel once, under the page that is about its subject', () => {
  const subjects = panelsBySubject();
  const listed = subjects.flatMap(({ panels }) => panels);
  expect(listed.toSorted()).toEqual(Object.keys(PANELS).toSorted());
  const of = (panel: string) => subjects.find(({ panels }) => panels.some((each) => each === panel))?.subject;
  expect(['oi-profile', 'figures', 'product-figures', 'sessions'].map(of)).toEqual([
    'Open interest',
    'Chain',
    'Overview',
    'Account',
  ]);
});

it('says in the title of a panel what it is pinned to', () => {
  expect(['chain', 'chain*BTC', 'smile*M-26M*2026-12-29', 'tape*BTC', 'no panel'].map(titleOf)).toEqual([
    'Option chain',
    'Option chain: BTC',
    'Smile: M&M, 29 Dec 2026',
    'tape*BTC',
    'no panel',
  ]);
  expect(knownPanel('tape*BTC')).toBeNull();
});

it('pins panels of the market alone', () => {
  expect((['figures', 'price-chart', 'by-expiry'] as const).map(canPin)).toEqual([true, true, true]);
  expect((['users', 'services', 'preferences', 'start'] as const).map(canPin)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

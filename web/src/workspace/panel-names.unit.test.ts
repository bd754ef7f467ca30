import { expect, it } from 'vitest';
import { PANELS } from '../pages/pages.ts';
import { panelsBySubject } from './panel-names.ts';

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

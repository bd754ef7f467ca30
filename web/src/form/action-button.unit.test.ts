import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { ActionButton } from './action-button.tsx';

it('is off without the attribute that takes the focus from a button', () => {
  const markup = (disabled: boolean) =>
    renderToStaticMarkup(createElement(ActionButton, { disabled }, 'Save'));
  expect(markup(true)).toBe('<button type="button" aria-disabled="true">Save</button>');
  expect(markup(false)).toBe('<button type="button" aria-disabled="false">Save</button>');
});

it('is what every button of the dashboard is that can be off', () => {
  const sources = import.meta.glob<string>('../**/*.tsx', { query: '?raw', import: 'default', eager: true });
  expect(Object.keys(sources).length).toBeGreaterThan(80);
  // An arrow of a function within the tag is not its end.
  const isOff = /<(?:button|select)\b(?:[^>]|=>)*?\s(?:aria-)?disabled\b/;
  expect(isOff.test('<button onClick={() => go()} disabled={busy}>')).toBe(true);
  const found = Object.entries(sources).filter(([, source]) => isOff.test(source));
  expect(found.map(([file]) => file)).toEqual(['./action-button.tsx']);
});

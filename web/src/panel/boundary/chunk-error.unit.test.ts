import { expect, it } from 'vitest';
import { chunkError } from './chunk-error.ts';

it.each([
  'Failed to fetch dynamically imported module: http://localhost/assets/a.js',
  'error loading dynamically imported module: http://localhost/assets/a.js',
  'Importing a module script failed.',
  'Unable to preload CSS for /assets/a.css',
])('tells a part that cannot be loaded: %s', (message) => {
  expect(chunkError(new TypeError(message))?.message).toContain('cannot be loaded');
});

it('leaves other errors as they are', () => {
  expect(chunkError(new TypeError("reading 'length' of undefined"))).toBeNull();
});

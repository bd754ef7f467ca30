import { globSync } from 'node:fs';
import { expect, it } from 'vitest';

it('every suite is on a rung, so that none is left out of every run', () => {
  const suites = globSync('{packages,web,e2e,testing,bench}/**/*.{test,spec}.{ts,tsx,js,mjs}', {
    cwd: new URL('..', import.meta.url).pathname,
    exclude: ['**/node_modules/**'],
  });
  expect(suites.length).toBeGreaterThan(200);
  const rung =
    /^e2e\/.*\.e2e\.test\.ts$|^(?:packages|web|testing|bench)\/.*\.(?:unit\.test\.tsx?|integration\.test\.ts)$/;
  expect(suites.filter((suite) => !rung.test(suite))).toEqual([]);
});

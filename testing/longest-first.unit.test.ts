import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LONGEST } from './longest-first.ts';

it('every suite that begins first is there', () => {
  expect(LONGEST.filter((suite) => !existsSync(join(import.meta.dirname, '..', suite)))).toEqual([]);
});

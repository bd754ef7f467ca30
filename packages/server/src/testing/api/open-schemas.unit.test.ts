import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OPEN_SCHEMAS, schemaText } from './open-schemas.ts';

const FOLDER = join(import.meta.dirname, '../../../../../docs/schemas');

it('has the files of docs/schemas as they follow from the contracts: node .ci/write-schemas.ts', () => {
  const names = Object.keys(OPEN_SCHEMAS);
  expect(readdirSync(FOLDER).sort()).toEqual(names.map((name) => `${name}.json`).sort());
  for (const name of names) expect(readFileSync(join(FOLDER, `${name}.json`), 'utf8')).toBe(schemaText(name));
});

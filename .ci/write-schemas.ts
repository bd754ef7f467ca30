import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN_SCHEMAS, schemaText } from '../packages/server/src/testing/api/open-schemas.ts';

/** Writes docs/schemas: what is taken and shown as JSON, for programs in any language. */
const folder = join(import.meta.dirname, '../docs/schemas');
mkdirSync(folder, { recursive: true });
for (const name of Object.keys(OPEN_SCHEMAS)) {
  writeFileSync(join(folder, `${name}.json`), schemaText(name));
}

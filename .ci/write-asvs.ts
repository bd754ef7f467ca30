import { writeFileSync } from 'node:fs';
import { renderAsvs } from '../packages/server/src/testing/access/asvs.ts';

/** Writes docs/asvs.md from the table beside the auth service. */
writeFileSync(new URL('../docs/asvs.md', import.meta.url), renderAsvs());

import { readFileSync, writeFileSync } from 'node:fs';
import { logEventTables } from '../packages/contracts/src/log-events/log-events.ts';

/** Writes the tables of docs/log-events.md from the catalogue; what stands before the first of them stays. */
const page = new URL('../docs/log-events.md', import.meta.url);
const text = readFileSync(page, 'utf8');
writeFileSync(page, `${text.slice(0, text.indexOf('## '))}${logEventTables()}`);

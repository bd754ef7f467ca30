import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTables } from '../packages/server/src/settings/document.ts';

/** Writes the tables of docs/settings.md below their mark, from what each part of the platform declares. */
const page = new URL('../docs/settings.md', import.meta.url);
const [text] = readFileSync(page, 'utf8').split(/(?<=<!-- settings -->\n)/);
writeFileSync(page, `${text}${settingsTables()}`);

import { readFileSync, writeFileSync } from 'node:fs';
import { CHAIN_FIGURES } from '../packages/contracts/src/figures/chain-figures.ts';
import { figureTable } from '../packages/contracts/src/figures/figure-table.ts';

/** Writes the table of docs/figures.md between its two marks, from the catalogue. */
const page = new URL('../docs/figures.md', import.meta.url);
const written = readFileSync(page, 'utf8').replace(
  /(?<=<!-- chain figures -->\n)[\s\S]*?(?=<!-- end of chain figures -->)/,
  () => `${figureTable(CHAIN_FIGURES)}\n`,
);
writeFileSync(page, written);

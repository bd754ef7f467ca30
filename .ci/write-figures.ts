import { readFileSync, writeFileSync } from 'node:fs';
import { CHAIN_FIGURES } from '../packages/contracts/src/figures/chain-figures.ts';
import { CONTRACT_FIGURES } from '../packages/contracts/src/figures/contract-figures.ts';
import type { Figure } from '../packages/contracts/src/figures/figure.ts';
import { figureTable } from '../packages/contracts/src/figures/figure-table.ts';
import { PRODUCT_FIGURES } from '../packages/contracts/src/figures/product-figures.ts';

/** Writes the tables of docs/figures.md, each between its two marks, from the catalogues. */
const page = new URL('../docs/figures.md', import.meta.url);
const withTable = (text: string, of: string, figures: Readonly<Record<string, Figure>>): string =>
  text.replace(
    new RegExp(`(?<=<!-- ${of} figures -->\\n)[\\s\\S]*?(?=<!-- end of ${of} figures -->)`),
    () => `${figureTable(figures)}\n`,
  );
const text = withTable(readFileSync(page, 'utf8'), 'contract', CONTRACT_FIGURES);
writeFileSync(page, withTable(withTable(text, 'chain', CHAIN_FIGURES), 'product', PRODUCT_FIGURES));

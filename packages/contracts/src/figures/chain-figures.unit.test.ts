import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChainSummary } from '../market/chain.ts';
import {
  CHAIN_FIGURES,
  type ChainFigure,
  type ChainFigureName,
  FIGURES_BY_ID,
  HISTORY_FIGURES,
} from './chain-figures.ts';
import { emptySummary } from './empty-summary.ts';
import { figureTable } from './figure-table.ts';

const FIGURES: readonly (readonly [string, ChainFigure])[] = Object.entries(CHAIN_FIGURES);

/** Ids of released figures. They are on the wire and in stores, so that this list may only grow at its end. */
const RELEASED: readonly string[] = [
  'spot_price',
  'forward',
  'forward_source',
  'rate',
  'year_fraction',
  'atm_strike',
  'atm_iv',
  'atm_straddle_price',
  'expected_move',
  'pcr_oi',
  'pcr_volume',
  'pcr_oi_change',
  'max_pain_strike',
  'max_pain_ties',
  'total_call_oi',
  'total_put_oi',
  'total_call_volume',
  'total_put_volume',
  'support_strike',
  'resistance_strike',
  'support_oi_change_strike',
  'resistance_oi_change_strike',
  'strike_count',
];

describe('the figures of a chain', () => {
  it('keep the ids that they were released with, without a gap', () => {
    expect(FIGURES_BY_ID.slice(0, RELEASED.length)).toEqual(RELEASED);
    expect(FIGURES_BY_ID.map((name) => CHAIN_FIGURES[name].id)).toEqual(FIGURES.map((_, id) => id));
  });

  it.each(FIGURES)('%s says everything about itself', (name, figure) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    for (const text of [figure.title, figure.unit, figure.description, figure.source]) {
      expect(text.trim().length).toBeGreaterThan(0);
    }
    expect(figure.nullWhen === null).toBe(['number', 'integer', 'numbers'].includes(String(figure.value)));
    if (figure.history) expect(figure.value).toBe('nullable');
    // A frame of an earlier release does not have it, and then it must be able to be null.
    if (figure.id >= RELEASED.length) expect(figure.nullWhen).not.toBeNull();
  });

  it('are the properties of a summary', () => {
    expect(Object.keys(ChainSummary.properties)).toEqual([...Object.keys(CHAIN_FIGURES), 'null_reasons']);
    expect(Object.keys(emptySummary())).toEqual(Object.keys(ChainSummary.properties));
    expect(HISTORY_FIGURES).toContain('atm_iv' satisfies ChainFigureName);
  });

  it('are documented as they are declared', () => {
    const text = readFileSync(new URL('../../../../docs/figures.md', import.meta.url), 'utf8');
    expect(text).toContain(figureTable(CHAIN_FIGURES));
  });
});

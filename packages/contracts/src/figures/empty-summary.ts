import type { ChainSummary } from '../market/chain.ts';
import { CHAIN_FIGURES, type ChainFigureName } from './chain-figures.ts';
import type { FigureValue } from './figure.ts';

/** A summary of which nothing is known but what is given: figures are null, numbers that are always there 0. */
export function emptySummary(given: Partial<ChainSummary> = {}): ChainSummary {
  const figures = Object.entries(CHAIN_FIGURES) as [ChainFigureName, { readonly value: FigureValue }][];
  const empty = Object.fromEntries(figures.map(([name, { value }]) => [name, emptyValue(value)]));
  return { ...empty, null_reasons: {}, ...given } as ChainSummary;
}

function emptyValue(value: FigureValue): null | number | readonly number[] {
  if (value === 'number' || value === 'integer') return 0;
  return value === 'numbers' ? [] : null;
}

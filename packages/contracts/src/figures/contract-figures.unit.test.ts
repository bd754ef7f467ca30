import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ContractView, contractsTable, enrichedChainFrames, toChainView } from '../index.ts';
import {
  DERIVED_COLUMNS,
  ENRICHED_COLUMNS,
  FIRST_ENRICHED_COLUMNS,
  QUOTE_COLUMNS,
} from '../market/columns.ts';
import { RELEASED_FRAMES } from '../released-frames.fixture.ts';
import { CONTRACT_FIGURE_NAMES, CONTRACT_FIGURES, type ContractFigure } from './contract-figures.ts';
import { figureTable } from './figure-table.ts';

const FIGURES: readonly (readonly [string, ContractFigure])[] = Object.entries(CONTRACT_FIGURES);

/** Columns of released chains by id. They are on the wire and in stores, so that this list may only grow at its end. */
const RELEASED: readonly string[] = [
  ...['bid', 'ask', 'last', 'mark', 'bid_size', 'ask_size', 'volume', 'open_interest'],
  ...['open_interest_change', 'previous_close'],
  ...['iv', 'delta', 'gamma', 'theta', 'vega', 'rho', 'iv_status', 'buildup'],
];

/** Released codes likewise. */
const RELEASED_NAMES: Readonly<Record<string, readonly string[]>> = {
  price_source: ['mid', 'last', 'mark'],
  iv_status: [
    ...[
      'ok',
      'invalid_input',
      'expired',
      'below_intrinsic',
      'above_maximum',
      'no_time_value',
      'undetermined',
    ],
    ...['no_price', 'no_forward', 'from_twin', 'last_outside_quote', 'settlement_known'],
  ],
  buildup: ['neutral', 'long_buildup', 'short_buildup', 'short_covering', 'long_unwinding'],
};

describe('the figures of a contract', () => {
  it('keep the ids and codes that they were released with, without a gap', () => {
    const carried = FIGURES.flatMap(([name, figure]) =>
      figure.from === 'quotes' ? [] : [{ name, ...figure }],
    );
    const byId = carried.toSorted((a, b) => a.id - b.id);
    expect(byId.map(({ id }) => id)).toEqual(byId.map((_, i) => i));
    const columns = byId.map((figure) => (figure.from === 'venue' ? figure.column : figure.name));
    expect(columns.slice(0, RELEASED.length)).toEqual(RELEASED);
    // Raw chains have the one layout so far, and derived columns lie behind them.
    expect(QUOTE_COLUMNS).toEqual(RELEASED.slice(0, 10));
    for (const [name, names] of Object.entries(RELEASED_NAMES)) {
      expect(CONTRACT_FIGURES[name as 'buildup'].value.slice(0, names.length)).toEqual(names);
    }
  });

  it('lie where every released layout has them, and later ones behind', () => {
    const derived = (side: string) => RELEASED.slice(10).map((name) => `${side}_${name}`);
    expect(FIRST_ENRICHED_COLUMNS.slice(-16)).toEqual([...derived('call'), ...derived('put')]);
    const later = DERIVED_COLUMNS.slice(8).flatMap((name) => [`call_${name}`, `put_${name}`]);
    expect(ENRICHED_COLUMNS).toEqual([...FIRST_ENRICHED_COLUMNS, ...later]);
  });

  it.each(FIGURES)('%s says everything about itself', (name, figure) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    for (const text of [figure.title, figure.unit, figure.description, figure.source]) {
      expect(text.trim().length).toBeGreaterThan(0);
    }
    const named = typeof figure.value === 'object';
    expect(named || figure.value === 'nullable').toBe(true);
    expect(figure.format === 'name').toBe(named);
    if (named) expect(figure.value).toContain(figure.example);
    else expect(figure.example).toBeTypeOf('number');
    // What is never null needs something to show where a chain of an earlier release has no code.
    const otherwise = figure.from === 'enricher' ? figure.otherwise : undefined;
    expect(figure.nullWhen === null).toBe(otherwise !== undefined);
    if (otherwise !== undefined) expect(figure.value).toContain(otherwise);
    if (figure.from === 'enricher') expect(figure.resolution === null || !named).toBe(true);
  });

  it('are the properties of a row, the columns of a table and what is read from a chain', () => {
    const released = enrichedChainFrames.decode(Buffer.from(RELEASED_FRAMES['enriched:chains'], 'base64'));
    const { count } = released.columns;
    const values = new Float64Array(ENRICHED_COLUMNS.length * count).fill(1);
    const chain = { ...released, columns: { count, values } };
    const fields = ['strike', ...CONTRACT_FIGURE_NAMES];
    expect(Object.keys(ContractView.properties)).toEqual(fields);
    expect(Object.keys(toChainView(chain).calls[0] ?? {})).toEqual(fields);
    expect(contractsTable.columns.slice(-fields.length)).toEqual(fields);
  });

  it('are documented as they are declared', () => {
    const text = readFileSync(new URL('../../../../docs/figures.md', import.meta.url), 'utf8');
    expect(text).toContain(figureTable(CONTRACT_FIGURES));
  });
});

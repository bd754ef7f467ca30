import {
  CARRIED_FIGURES,
  type CarriedFigure,
  CONTRACT_FIGURES,
  type DerivedFigure,
  type QuotedFigure,
} from '../../figures/contract-figures.ts';

export type Shown = number | string | null;

export const orNull = (cell: number): number | null => (Number.isNaN(cell) ? null : cell);

/** How a cell of a column is shown in a row, by the figure that it is of. */
export const SHOWN_CELL = Object.fromEntries(
  CARRIED_FIGURES.map((name) => {
    const figure: QuotedFigure | DerivedFigure = CONTRACT_FIGURES[name];
    const { value, from } = figure;
    if (typeof value === 'string') return [name, orNull];
    const otherwise = from === 'enricher' ? (figure.otherwise ?? null) : null;
    return [name, (code: number): Shown => value[code] ?? otherwise];
  }),
) as Readonly<Record<CarriedFigure, (cell: number) => Shown>>;

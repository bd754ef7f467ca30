import { CHAIN_FIGURES, type HistoryFigure } from '@deltastream/client';

/** Over the price, or in a pane of its own below it. */
export type Place = 'overlay' | 'pane';

export interface ChartedFigure {
  readonly name: HistoryFigure;
  readonly place: Place;
}

/** At most so many: more panes than that cannot be read. */
export const MOST_FIGURES = 5;

/** Figures that are levels of the price: they lie over it, on its own axis. */
const isLevel = (name: HistoryFigure): boolean =>
  CHAIN_FIGURES[name].format === 'strike' || name === 'forward' || name === 'spot_price';

const usualPlace = (name: HistoryFigure): Place => (isLevel(name) ? 'overlay' : 'pane');

/** The axis of an overlay: that of the price for what is a price of the underlying, else one of its own. */
export const axisOf = ({ name, place }: ChartedFigure): 'left' | 'right' =>
  place === 'pane' || isLevel(name) ? 'right' : 'left';

/** The figures that can be charted, in the order of the catalogue. */
export const CHARTABLE = (Object.keys(CHAIN_FIGURES) as (keyof typeof CHAIN_FIGURES)[]).filter(
  (name): name is HistoryFigure => CHAIN_FIGURES[name].history,
);

/** Out of an address: names by comma, each with `:overlay` or `:pane` where it is not in its usual place. */
export function readFigures(text: string | null): readonly ChartedFigure[] {
  const read = new Map<HistoryFigure, ChartedFigure>();
  for (const each of (text ?? '').split(',')) {
    const [given, place] = each.split(':');
    const name = CHARTABLE.find((known) => known === given);
    if (name === undefined) continue;
    read.set(name, { name, place: place === 'overlay' || place === 'pane' ? place : usualPlace(name) });
  }
  return [...read.values()].slice(0, MOST_FIGURES);
}

export const writeFigures = (figures: readonly ChartedFigure[]): string =>
  figures.map(({ name, place }) => (place === usualPlace(name) ? name : `${name}:${place}`)).join(',');

/** With one more, in its usual place; the first one leaves when there are too many. */
export function withFigure(text: string | null, name: HistoryFigure): string {
  const figures = readFigures(text);
  if (figures.some((each) => each.name === name)) return writeFigures(figures);
  return writeFigures([...figures, { name, place: usualPlace(name) }].slice(-MOST_FIGURES));
}

import { CHAIN_FIGURES, type HistoryFigure, type PagePath } from '@deltastream/client';
import { withFigure } from '../../panels/charts/charted-figures.ts';

type FigureName = keyof typeof CHAIN_FIGURES;

/** Pages of the figures that are not kept over time. */
const SHOWN_ON: Partial<Record<FigureName, PagePath>> = {
  forward_source: '/chain',
  max_pain_ties: '/chain',
  open_interest_as_of: '/chain',
};

const isCharted = (name: FigureName): name is HistoryFigure => CHAIN_FIGURES[name].history;

/** The figures of a chain that can be gone to. */
export const FIGURES = (Object.keys(CHAIN_FIGURES) as FigureName[])
  .filter((name) => isCharted(name) || Object.hasOwn(SHOWN_ON, name))
  .map((name) => [name, CHAIN_FIGURES[name]] as const);

/** Where a figure is shown: over time where it is kept so, else on its page. The rest of the query stays. */
export function figureAddress(name: FigureName, search: string): string {
  const query = new URLSearchParams(search);
  if (isCharted(name)) query.set('figures', withFigure(query.get('figures'), name));
  const text = query.toString();
  const page: PagePath = isCharted(name) ? '/charts' : (SHOWN_ON[name] ?? '/');
  return text === '' ? page : `${page}?${text}`;
}

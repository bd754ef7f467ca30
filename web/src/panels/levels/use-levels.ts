import type { HistoryFigure } from '@deltastream/client';
import { useMemo } from 'react';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';

const LEVELS = [
  'spot_price',
  'atm_strike',
  'max_pain_strike',
  'support_strike',
  'resistance_strike',
  'call_wall_strike',
  'put_wall_strike',
  'gamma_flip',
  'coverage',
] as const satisfies readonly HistoryFigure[];

export type Levels = Readonly<Record<(typeof LEVELS)[number], number | null>>;

const REQUEST = { figures: LEVELS.join(','), limit: 1, order: 'desc' } as const;
const NONE = Object.fromEntries(LEVELS.map((name) => [name, null])) as Levels;

/** The prices that matter in the chain that is shown: what panels with strikes mark. Null until they are known. */
export function useLevels(): Levels {
  const { data } = usePanelQuery('getHistory', REQUEST);
  const newest = data?.points.at(0);
  return useMemo(() => ({ ...NONE, ...newest }), [newest]);
}

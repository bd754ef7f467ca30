import { CONTRACT_FIGURES, type ContractFigureName, type ContractView } from '@deltastream/client';
import { words } from '../../format/format.ts';
import type { ScreenWidth } from './screen-width.ts';

/** Columns of a call from the outside to the strike, each with the narrowest screen that has room for it. */
const COLUMNS: readonly (readonly [ContractFigureName, ScreenWidth])[] = [
  ['buildup', 'wide'],
  ['open_interest', 'narrow'],
  ['volume', 'medium'],
  ['iv', 'narrow'],
  ['delta', 'wide'],
  ['bid', 'wide'],
  ['ask', 'wide'],
  ['price', 'narrow'],
];

const WIDTHS: readonly ScreenWidth[] = ['narrow', 'medium', 'wide'];

/** Columns of a call; those of a put are the same, mirrored. */
export const columnsFor = (width: ScreenWidth): readonly ContractFigureName[] =>
  COLUMNS.filter(([, from]) => WIDTHS.indexOf(from) <= WIDTHS.indexOf(width)).map(([name]) => name);

/** Why a contract does not have a figure. */
export function reasonOf(name: ContractFigureName, { iv_status }: ContractView): string {
  const { group, nullWhen } = CONTRACT_FIGURES[name];
  const solved = group === 'volatility' || group === 'greeks';
  return solved
    ? `implied volatility: ${words(iv_status)}`
    : (nullWhen ?? 'not computed').replaceAll('`', '');
}

/** Whether two states of a contract look the same: their shown figures, and why one of them is not there. */
export function sameContract(
  a: ContractView | null,
  b: ContractView | null,
  shown: readonly ContractFigureName[],
): boolean {
  if (a === null || b === null) return a === b;
  return a.iv_status === b.iv_status && shown.every((name) => a[name] === b[name]);
}

import type { ContractView } from '@deltastream/client';
import { contracts, delta, price, volatility, words } from './format.ts';
import type { ScreenWidth } from './screen-width.ts';

interface Column {
  readonly id: string;
  /** The narrowest screen that has room for it. */
  readonly from: ScreenWidth;
  readonly head: string;
  readonly meaning: string;
}

interface NumberColumn extends Column {
  readonly value: (contract: ContractView) => number | null;
  readonly format: (value: number) => string;
  readonly reason?: (contract: ContractView) => string;
}

interface TextColumn extends Column {
  readonly text: (contract: ContractView) => string | null;
}

export type ContractColumn = NumberColumn | TextColumn;

const unsolved = ({ iv_status }: ContractView): string => `implied volatility: ${words(iv_status)}`;

/** Columns of a call from the outside to the strike; those of a put are the same, mirrored. */
const COLUMNS: readonly ContractColumn[] = [
  {
    id: 'build',
    from: 'wide',
    head: 'Build-up',
    meaning: 'Move of premium and open interest since the previous close',
    text: ({ buildup }) => (buildup === null ? null : words(buildup).replace('buildup', 'build-up')),
  },
  {
    id: 'oi',
    from: 'narrow',
    head: 'OI',
    meaning: 'Open interest, contracts',
    value: ({ open_interest }) => open_interest,
    format: contracts,
  },
  {
    id: 'volume',
    from: 'medium',
    head: 'Volume',
    meaning: 'Traded today, contracts',
    value: ({ volume }) => volume,
    format: contracts,
  },
  {
    id: 'iv',
    from: 'narrow',
    head: 'IV',
    meaning: 'Implied volatility, annualised',
    value: ({ iv }) => iv,
    format: volatility,
    reason: unsolved,
  },
  {
    id: 'delta',
    from: 'wide',
    head: 'Delta',
    meaning: 'Per unit of the forward',
    value: (contract) => contract.delta,
    format: delta,
    reason: unsolved,
  },
  {
    id: 'bid',
    from: 'wide',
    head: 'Bid',
    meaning: 'Best bid',
    value: ({ bid }) => bid,
    format: price,
  },
  {
    id: 'ask',
    from: 'wide',
    head: 'Ask',
    meaning: 'Best ask',
    value: ({ ask }) => ask,
    format: price,
  },
  {
    id: 'price',
    from: 'narrow',
    head: 'Price',
    meaning: 'Premium that the figures use: mid, else last trade, else mark',
    value: (contract) => contract.price,
    format: price,
    reason: () => 'no quote and no trade',
  },
];

const WIDTHS: readonly ScreenWidth[] = ['narrow', 'medium', 'wide'];

export const columnsFor = (width: ScreenWidth): readonly ContractColumn[] =>
  COLUMNS.filter(({ from }) => WIDTHS.indexOf(from) <= WIDTHS.indexOf(width));

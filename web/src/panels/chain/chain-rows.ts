import type { ChainView, ContractFigureName } from '@deltastream/client';
import { type Format, words } from '../../format/format.ts';
import type { Table, TableColumn } from '../../panel/table/figure-table.tsx';
import { strikeWindow } from './chain-window.ts';
import { columnFormats, headOf, inUnit } from './contract-columns.ts';

/** The rows and columns of a chain as they are shown, `around` the money; `columns` are those of a call. */
export function chainRows(
  chain: ChainView,
  around: number,
  columns: readonly ContractFigureName[],
  format: Format,
): Table {
  const [from, to] = strikeWindow(chain, around);
  const putColumns = columns.toReversed();
  const formats = columnFormats(chain, columns, format);
  const heads = (side: string, names: readonly ContractFigureName[]) =>
    names.map((name): TableColumn => {
      return { title: `${side} ${headOf(name).title}`, format: formats.get(name) };
    });
  const cells = (contract: ChainView['calls'][number], names: readonly ContractFigureName[]) =>
    names.map((name) => {
      const value = contract?.[name] ?? null;
      return typeof value === 'number' ? inUnit(name, value) : value && words(value);
    });
  return {
    caption: `Option chain of ${chain.product}, expiry ${chain.expiry}`,
    columns: [
      ...heads('Call', columns),
      { title: 'Strike', format: format.strike },
      ...heads('Put', putColumns),
    ],
    rows: chain.strikes
      .slice(from, to)
      .map((strike, i) => [
        ...cells(chain.calls[from + i], columns),
        strike,
        ...cells(chain.puts[from + i], putColumns),
      ]),
  };
}

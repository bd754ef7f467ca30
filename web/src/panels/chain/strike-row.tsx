import type { ContractFigureName, ContractView } from '@deltastream/client';
import { memo } from 'react';
import { Figure } from '../../format/figure.tsx';
import { type NumberFormat, words } from '../../format/format.ts';
import { inUnit, reasonOf, sameContract } from './contract-columns.ts';
import { markMeaning, markText, type StrikeMark } from './strike-marks.ts';

/** The number of contracts that fills a cell: one for open interest, one for its changes. */
export interface BarScales {
  readonly open_interest: number;
  readonly open_interest_change: number;
}

export type ColumnFormats = ReadonlyMap<ContractFigureName, NumberFormat>;

interface StrikeRowProps {
  /** Its place among all rows, from 1; where not all of them are in the page. */
  readonly index?: number;
  readonly strike: number;
  readonly call: ContractView | null;
  readonly put: ContractView | null;
  readonly callColumns: readonly ContractFigureName[];
  readonly putColumns: readonly ContractFigureName[];
  /** Names of the marks beside the strike, by space. */
  readonly marks: string;
  readonly inMove: boolean;
  readonly inTheMoney: 'call' | 'put' | null;
  readonly scales: BarScales;
  /** Of the numbers of each column, those of calls and puts alike. */
  readonly formats: ColumnFormats;
  readonly strikeFormat: NumberFormat;
}

/** A call, its strike and the put; rendered again only where something that it shows is another thing. */
export const StrikeRow = memo(
  function StrikeRow({ index, strike, call, put, marks, inMove, inTheMoney, ...shown }: StrikeRowProps) {
    const { callColumns, putColumns, scales, formats, strikeFormat } = shown;
    const names = marks === '' ? [] : (marks.split(' ') as StrikeMark[]);
    const side = { scales, formats };
    return (
      <tr className={names.includes('atm') ? 'atm' : undefined} aria-rowindex={index}>
        <Contract contract={call} columns={callColumns} itm={inTheMoney === 'call'} {...side} />
        <th scope="row" className={inMove ? 'strike in-move' : 'strike'}>
          {strikeFormat(strike)}
          {names.map((mark) => (
            <abbr key={mark} className={`mark ${mark}`} title={markMeaning(mark)}>
              {markText(mark)}
            </abbr>
          ))}
        </th>
        <Contract contract={put} columns={putColumns} itm={inTheMoney === 'put'} {...side} />
      </tr>
    );
  },
  (before, after) =>
    before.index === after.index &&
    before.strike === after.strike &&
    before.marks === after.marks &&
    before.inMove === after.inMove &&
    before.callColumns === after.callColumns &&
    before.inTheMoney === after.inTheMoney &&
    before.scales === after.scales &&
    before.strikeFormat === after.strikeFormat &&
    before.callColumns.every((name) => before.formats.get(name) === after.formats.get(name)) &&
    sameContract(before.call, after.call, after.callColumns) &&
    sameContract(before.put, after.put, after.putColumns),
);

interface ContractProps {
  readonly contract: ContractView | null;
  readonly columns: readonly ContractFigureName[];
  readonly itm: boolean;
  readonly scales: BarScales;
  readonly formats: ColumnFormats;
}

function Contract({ contract, columns, itm, scales, formats }: ContractProps) {
  if (!contract) {
    return (
      <td className="unlisted" colSpan={columns.length}>
        not listed
      </td>
    );
  }
  return columns.map((name) => (
    <td key={name} className={itm ? `${name} itm` : name}>
      {(name === 'open_interest' || name === 'open_interest_change') && (
        <Bar share={(contract[name] ?? 0) / scales[name]} />
      )}
      <Cell contract={contract} name={name} format={formats.get(name)} />
    </td>
  ));
}

interface CellProps {
  readonly contract: ContractView;
  readonly name: ContractFigureName;
  readonly format?: NumberFormat;
}

function Cell({ contract, name, format = String }: CellProps) {
  const value = contract[name];
  if (typeof value === 'string') return <span className={value}>{words(value)}</span>;
  return (
    <Figure
      value={value === null || value === undefined ? null : inUnit(name, value)}
      format={format}
      reason={reasonOf(name, contract)}
    />
  );
}

/**
 * A share of the cell, from the strike outwards; a fall is paler, and its number has the sign. An
 * attribute of SVG, not a style: it needs no exception in the content security policy.
 */
function Bar({ share }: { readonly share: number }) {
  return (
    <svg
      className={share < 0 ? 'bar fell' : 'bar'}
      viewBox="0 0 100 1"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect width={Math.min(1, Math.abs(share)) * 100} height="1" />
    </svg>
  );
}

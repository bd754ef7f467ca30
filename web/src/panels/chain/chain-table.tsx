import {
  type ChainView,
  CONTRACT_FIGURES,
  type ContractFigureName,
  type ContractView,
} from '@deltastream/client';
import { memo, useMemo } from 'react';
import { Figure } from '../../format/figure.tsx';
import { type Format, meaning, words } from '../../format/format.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { strikeWindow } from './chain-window.ts';
import { columnsFor, reasonOf, sameContract } from './contract-columns.ts';
import type { ScreenWidth } from './screen-width.ts';

interface ChainTableProps {
  readonly chain: ChainView;
  /** Strikes on each side of the money; 0 shows all. */
  readonly around: number;
  /** Decides which columns are shown. */
  readonly width: ScreenWidth;
}

/** Calls, strike and puts by row; the columns mirror each other around the strike. */
export function ChainTable({ chain, around, width }: ChainTableProps) {
  const format = useFormat();
  const callColumns = useMemo(() => columnsFor(width), [width]);
  const putColumns = useMemo(() => callColumns.toReversed(), [callColumns]);
  const [from, to] = strikeWindow(chain, around);
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  const largest = largestOpenInterest(chain);
  return (
    <table className={`chain ${width}`}>
      <caption className="unseen">
        Option chain of {chain.product}, expiry {format.expiry(chain.expiry)}: calls, strike, puts
      </caption>
      <colgroup>
        {callColumns.map((name) => (
          <col key={name} className={name} />
        ))}
      </colgroup>
      <colgroup>
        <col className="strike" />
      </colgroup>
      <colgroup>
        {putColumns.map((name) => (
          <col key={name} className={name} />
        ))}
      </colgroup>
      <thead>
        <tr className="sides">
          <th colSpan={callColumns.length} scope="colgroup">
            Calls
          </th>
          <td />
          <th colSpan={putColumns.length} scope="colgroup">
            Puts
          </th>
        </tr>
        <tr>
          {callColumns.map((name) => (
            <ColumnHead key={name} name={name} side="Call" />
          ))}
          <th scope="col" className="strike">
            Strike
          </th>
          {putColumns.map((name) => (
            <ColumnHead key={name} name={name} side="Put" />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((i) => (
          <StrikeRow
            key={chain.strikes[i]}
            strike={chain.strikes[i]}
            call={chain.calls[i]}
            put={chain.puts[i]}
            callColumns={callColumns}
            putColumns={putColumns}
            atm={chain.strikes[i] === chain.atm_strike}
            inTheMoney={sideInTheMoney(chain, chain.strikes[i])}
            largest={largest}
            format={format}
          />
        ))}
      </tbody>
    </table>
  );
}

function ColumnHead({ name, side }: { readonly name: ContractFigureName; readonly side: string }) {
  const figure = CONTRACT_FIGURES[name];
  return (
    <th scope="col" className={name} title={meaning(figure)}>
      <span className="unseen">{side} </span>
      {figure.title}
    </th>
  );
}

interface StrikeRowProps {
  readonly strike: number;
  readonly call: ContractView | null;
  readonly put: ContractView | null;
  readonly callColumns: readonly ContractFigureName[];
  readonly putColumns: readonly ContractFigureName[];
  readonly atm: boolean;
  readonly inTheMoney: 'call' | 'put' | null;
  readonly largest: number;
  readonly format: Format;
}

const StrikeRow = memo(
  function StrikeRow({
    strike,
    call,
    put,
    callColumns,
    putColumns,
    atm,
    inTheMoney,
    largest,
    format,
  }: StrikeRowProps) {
    return (
      <tr className={atm ? 'atm' : undefined}>
        <Contract
          contract={call}
          columns={callColumns}
          itm={inTheMoney === 'call'}
          largest={largest}
          format={format}
        />
        <th scope="row" className="strike">
          {format.strike(strike)}
          {atm && (
            <abbr className="atm-mark" title="at the money: the strike nearest the forward">
              ATM
            </abbr>
          )}
        </th>
        <Contract
          contract={put}
          columns={putColumns}
          itm={inTheMoney === 'put'}
          largest={largest}
          format={format}
        />
      </tr>
    );
  },
  (before, after) =>
    before.strike === after.strike &&
    before.atm === after.atm &&
    before.callColumns === after.callColumns &&
    before.inTheMoney === after.inTheMoney &&
    before.largest === after.largest &&
    before.format === after.format &&
    sameContract(before.call, after.call, after.callColumns) &&
    sameContract(before.put, after.put, after.putColumns),
);

interface ContractProps {
  readonly contract: ContractView | null;
  readonly columns: readonly ContractFigureName[];
  readonly itm: boolean;
  readonly largest: number;
  readonly format: Format;
}

function Contract({ contract, columns, itm, largest, format }: ContractProps) {
  if (!contract) {
    return (
      <td className="unlisted" colSpan={columns.length}>
        not listed
      </td>
    );
  }
  return columns.map((name) => (
    <td key={name} className={itm ? `${name} itm` : name}>
      {name === 'open_interest' && <Bar share={(contract.open_interest ?? 0) / largest} />}
      <Cell contract={contract} name={name} format={format} />
    </td>
  ));
}

interface CellProps {
  readonly contract: ContractView;
  readonly name: ContractFigureName;
  readonly format: Format;
}

function Cell({ contract, name, format: formats }: CellProps) {
  const value = contract[name];
  const { format } = CONTRACT_FIGURES[name];
  if (typeof value === 'string') return <span className={value}>{words(value)}</span>;
  return (
    <Figure
      value={value}
      format={format === 'name' ? String : formats.figure[format]}
      reason={reasonOf(name, contract)}
    />
  );
}

/** An attribute of SVG, not a style: it needs no exception in the content security policy. */
function Bar({ share }: { readonly share: number }) {
  return (
    <svg className="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(0, Math.min(1, share)) * 100} height="1" />
    </svg>
  );
}

function largestOpenInterest({ calls, puts }: ChainView): number {
  let largest = 1;
  for (const contract of [...calls, ...puts]) largest = Math.max(largest, contract?.open_interest ?? 0);
  return largest;
}

function sideInTheMoney({ forward, spot_price }: ChainView, strike: number): 'call' | 'put' | null {
  const reference = forward ?? spot_price;
  if (reference === null || strike === reference) return null;
  return strike < reference ? 'call' : 'put';
}

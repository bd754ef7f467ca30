import type { ChainView, ContractFigureName } from '@deltastream/client';
import { useMemo, useRef } from 'react';
import { inColumn } from '../../format/format.ts';
import type { PlaceWidth } from '../../panel/place-width.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { barScale, partsOf, strikeWindow } from './chain-window.ts';
import { columnFormats, headOf, type widthsOf } from './contract-columns.ts';
import { strikeMarks } from './strike-marks.ts';
import { StrikePart } from './strike-part.tsx';
import { type BarScales, StrikeRow } from './strike-row.tsx';
import { useFlash } from './use-flash.ts';

interface ChainTableProps {
  readonly chain: ChainView;
  /** Strikes on each side of the money; 0 shows all. */
  readonly around: number;
  /** Of a call, from the outside to the strike. */
  readonly columns: readonly ContractFigureName[];
  readonly widths: ReturnType<typeof widthsOf>;
  readonly place: PlaceWidth;
}

const HEAD_ROWS = 2;
/** Parts that are in the page from the start: where the reader begins. */
const FIRST_PARTS = 2;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Calls, strike and puts by row; the columns mirror each other around the strike. */
export function ChainTable({ chain, around, columns, widths, place }: ChainTableProps) {
  const format = useFormat();
  const table = useRef<HTMLTableElement>(null);
  const putColumns = useMemo(() => columns.toReversed(), [columns]);
  const [from, to] = strikeWindow(chain, around);
  const parts = partsOf(from, to);
  const isPart = parts.length > 1;
  const scales = useScales(chain);
  const formats = useMemo(() => columnFormats(chain, columns, format), [chain, columns, format]);
  const strikeFormat = inColumn(format.strike, chain.strikes);
  const marks = strikeMarks(chain);
  // Other columns put other numbers into the same cells.
  useFlash(table, `${chain.product} ${chain.expiry} ${columns}`);
  const width = (percent: number) => ({ width: `${percent}%` });
  const rowOf = (i: number, index?: number) => {
    const strike = chain.strikes[i];
    return (
      <StrikeRow
        key={strike}
        index={index}
        strike={strike}
        call={chain.calls[i]}
        put={chain.puts[i]}
        callColumns={columns}
        putColumns={putColumns}
        marks={marks.at.get(strike) ?? ''}
        inMove={marks.move !== null && strike >= marks.move[0] && strike <= marks.move[1]}
        inTheMoney={sideInTheMoney(chain, strike)}
        scales={scales}
        formats={formats}
        strikeFormat={strikeFormat}
      />
    );
  };
  return (
    <table
      ref={table}
      className={`chain ${place}`}
      style={widths.scrolls === null ? undefined : { minWidth: widths.scrolls }}
      aria-rowcount={isPart ? HEAD_ROWS + to - from : undefined}
    >
      <caption className="unseen">
        Option chain of {chain.product}, expiry {format.expiry(chain.expiry)}: calls, strike, puts
      </caption>
      <colgroup>
        {columns.map((name, i) => (
          <col key={name} style={width(widths.columns[i])} />
        ))}
      </colgroup>
      <colgroup>
        <col style={width(widths.strike)} />
      </colgroup>
      <colgroup>
        {putColumns.map((name, i) => (
          <col key={name} style={width(widths.columns[columns.length - 1 - i])} />
        ))}
      </colgroup>
      <thead>
        <tr className="sides">
          <th colSpan={columns.length} scope="colgroup">
            Calls
          </th>
          <td />
          <th colSpan={columns.length} scope="colgroup">
            Puts
          </th>
        </tr>
        <tr>
          {columns.map((name) => (
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
      {parts.map(([first, end], part) =>
        isPart ? (
          <StrikePart
            // biome-ignore lint/suspicious/noArrayIndexKey: another window has its rows in the same parts.
            key={part}
            count={end - first}
            cells={2 * columns.length + 1}
            first={part < FIRST_PARTS}
          >
            {range(first, end).map((i) => rowOf(i, HEAD_ROWS + 1 + i - from))}
          </StrikePart>
        ) : (
          <tbody key="all">{range(first, end).map((i) => rowOf(i))}</tbody>
        ),
      )}
    </table>
  );
}

function ColumnHead({ name, side }: { readonly name: ContractFigureName; readonly side: string }) {
  const { title, meaning } = headOf(name);
  return (
    <th scope="col" className={name} title={meaning}>
      <span className="unseen">{side} </span>
      {title}
    </th>
  );
}

/** The same object until a scale is another one, so that rows stay as they are. */
function useScales(chain: ChainView): BarScales {
  const open_interest = barScale(chain, 'open_interest');
  const open_interest_change = barScale(chain, 'open_interest_change');
  return useMemo(() => ({ open_interest, open_interest_change }), [open_interest, open_interest_change]);
}

function sideInTheMoney({ forward, spot_price }: ChainView, strike: number): 'call' | 'put' | null {
  const reference = forward ?? spot_price;
  if (reference === null || strike === reference) return null;
  return strike < reference ? 'call' : 'put';
}

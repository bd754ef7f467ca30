import type { ResponseOf, Routes } from '@deltastream/client';
import { type Format, words } from '../../../format/format.ts';
import type { Table } from '../../../panel/table/figure-table.tsx';
import { callDelta } from './smile-axis.ts';

export type Smile = ResponseOf<Routes['getSmile']>;
export type SmilePoint = Smile['points'][number];

/** The smile of an expiry, and that of the previous close where there is one. */
export interface SmileLine {
  readonly smile: Smile;
  readonly previousClose: Smile | null;
}

/** The out-of-the-money contract of each strike, whose quotes say what a volatility there costs. */
export const outOfTheMoney = ({ points }: Smile): SmilePoint[] =>
  points.filter(({ side, log_moneyness }) => (side === 'call' ? log_moneyness >= 0 : log_moneyness < 0));

/** Share of the range of volatilities that is free above and below. */
const MARGIN = 0.06;

/**
 * From and to which volatility smiles are drawn: points and curves, not the quotes, which far from the money have no
 * bounds that say anything. Null without any.
 */
export function volatilityRange(lines: readonly SmileLine[]): readonly [number, number] | null {
  const shown = lines.flatMap(({ smile, previousClose }) => [
    ...outOfTheMoney(smile).map(({ iv }) => iv),
    ...[...smile.curve, ...(previousClose?.curve ?? [])].map(({ iv }) => iv),
  ]);
  const known = shown.filter((iv) => iv !== null);
  if (known.length === 0) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = MARGIN * (high - low || high);
  return [Math.max(0, low - margin), high + margin];
}

/** A stretch of strikes where the fitted curve allows a riskless profit. */
export interface ArbitrageMark {
  readonly name: string;
  /** ln(strike / forward). */
  readonly from: number;
  readonly to: number;
}

/** Null where it could not be examined. */
export function arbitrageOf({
  butterfly_arbitrage,
  calendar_arbitrage,
}: Smile): readonly ArbitrageMark[] | null {
  if (!butterfly_arbitrage) return null;
  return [
    ...butterfly_arbitrage.map(({ from, to }) => ({ name: 'butterfly arbitrage', from, to })),
    ...(calendar_arbitrage ?? []).map(({ from, to, reason }) => ({
      name: reason === 'quotes' ? 'calendar arbitrage in the quotes' : 'calendar arbitrage of the curves',
      from,
      to,
    })),
  ];
}

/** The strikes of an arbitrage mark, e.g. `23,000–23,150`. */
export function strikesOf({ from, to }: ArbitrageMark, { forward }: Smile, format: Format): string {
  if (forward === null) return '–';
  // To integers where strikes have many: the ends are where a curve crosses, no listed strikes.
  const strike = (k: number) => format.strike(Number((forward * Math.exp(k)).toPrecision(5)));
  return `${strike(from)}–${strike(to)}`;
}

/** How well the curve meets its market, in words. */
export function fitText({ svi, reason, repriced, repaired }: Smile): string {
  if (svi === null) return `no curve: ${reason === null ? 'not fitted' : words(reason)}`;
  return [
    `fit within ${svi.rmse_vol_points.toFixed(2)} vol points (root mean square)`,
    ...(repriced ? [`${repriced.inside} of ${repriced.quoted} quotes met`] : []),
    ...(repaired ? ['repaired against the other expiries'] : []),
  ].join(', ');
}

/** What is known of the request for a smile of the previous close. */
interface Asked {
  readonly isFetching: boolean;
  readonly error: Error | null;
}

/** Why a smile has none of the previous close. `at` is undefined until it is known when that was. */
export function noPreviousClose(at: string | null | undefined, asked: readonly Asked[]): string {
  if (at === null) return 'no earlier session is stored';
  if (at === undefined || asked.some(({ isFetching }) => isFetching)) return 'previous close not read yet';
  const failed = asked.find(({ error }) => error !== null && !isNotFound(error));
  return failed ? `previous close not read: ${failed.error?.message}` : 'not listed at the previous close';
}

const isNotFound = (error: Error): boolean => 'status' in error && error.status === 404;

/** Both sides of every strike of the smiles. */
export function smileTable(product: string, lines: readonly SmileLine[], format: Format): Table {
  const { volatility, fraction } = format.figure;
  return {
    caption: `Smile of ${product}: volatilities by expiry and strike, of both sides`,
    namedBy: 3,
    columns: [
      { title: 'Expiry' },
      { title: 'Strike', format: format.strike },
      { title: 'Side' },
      { title: 'ln(strike / forward)', format: fraction },
      { title: 'Delta of the call', format: fraction },
      { title: 'IV', format: volatility },
      { title: 'Bid IV', format: volatility },
      { title: 'Ask IV', format: volatility },
      { title: 'Fitted IV', format: volatility },
    ],
    rows: lines.flatMap(({ smile }) =>
      smile.points.map((point) => [
        smile.expiry,
        point.strike,
        point.side,
        point.log_moneyness,
        callDelta(point, smile.year_fraction),
        point.iv,
        point.bid_iv,
        point.ask_iv,
        point.fitted_iv,
      ]),
    ),
  };
}

import { type ChainView, column, type EnrichedChain, type StrikeWindow } from '@deltastream/contracts';

/** Rows of a chain, the end not included. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

const AROUND_STEPS = [2, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1000] as const;

/**
 * The smallest window of a bounded set that contains the one that was asked for, so that clients who look
 * at about the same share a channel. A range is widened to a grid of two significant digits of its upper end.
 */
export function roundedWindow(window: StrikeWindow): StrikeWindow {
  if ('around_atm' in window) {
    return { around_atm: AROUND_STEPS.find((step) => step >= window.around_atm) ?? window.around_atm };
  }
  const grid = 10 ** (Math.floor(Math.log10(window.to)) - 1);
  const inTurn = (count: number) => Number((count * grid).toPrecision(12));
  return { from: inTurn(Math.floor(window.from / grid)), to: inTurn(Math.ceil(window.to / grid)) };
}

export function windowName(window: StrikeWindow | null): string {
  if (!window) return 'all';
  return 'around_atm' in window ? `atm${window.around_atm}` : `${window.from}-${window.to}`;
}

/** The rows of a window in a chain; of a chain without an at-the-money strike, those around its middle. */
export function rowsIn(chain: EnrichedChain, window: StrikeWindow | null): RowRange {
  const { count } = chain.columns;
  if (!window) return { start: 0, end: count };
  const strikes = column(chain.columns, 'strike');
  const first = (test: (strike: number) => boolean) => {
    const at = strikes.findIndex(test);
    return at < 0 ? count : at;
  };
  if ('from' in window) {
    return { start: first((strike) => strike >= window.from), end: first((strike) => strike > window.to) };
  }
  const { atm_strike } = chain.summary;
  const middle = atm_strike === null ? Math.floor(count / 2) : first((strike) => strike >= atm_strike);
  return {
    start: Math.max(0, middle - window.around_atm),
    end: Math.min(count, middle + window.around_atm + 1),
  };
}

/** The chain with the rows of a range only; its figures remain those of the complete chain. */
export function windowedView(view: ChainView, { start, end }: RowRange): ChainView {
  if (start === 0 && end === view.strikes.length) return view;
  return {
    ...view,
    strikes: view.strikes.slice(start, end),
    calls: view.calls.slice(start, end),
    puts: view.puts.slice(start, end),
  };
}

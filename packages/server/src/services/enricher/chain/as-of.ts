import {
  type ChainSummary,
  column,
  isoTime,
  type QualityFlag,
  type RawChain,
  SIDE_COLUMNS,
  SIDES,
  SYNTHETIC_SOURCE,
} from '@deltastream/contracts';
import { type MarketTimes, marketTimes, productInfo } from '@deltastream/reference';

/** Gives a figure back, or null with its reason where it is null. */
export type OrReason = <T>(name: keyof ChainSummary, value: T | null, reason: string) => T | null;

const QUOTES = ['bid', 'ask', 'last', 'mark'] as const;
const OPEN_INTEREST = ['open_interest'] as const;

/** The phase of the day of a snapshot, and the instants that its quotes and its open interest are from. */
export function asOfFigures(chain: RawChain, quality: readonly QualityFlag[], orReason: OrReason) {
  const times = timesOf(chain);
  const [known, noTimes] = typeof times === 'string' ? [null, times] : [times, 'calendar_unknown'];
  const { phase = null, quotesAsOf = null, openInterestAsOf = null } = known ?? {};
  const quotes = quotesAsOf === null ? null : isoTime(quotesAsOf);
  const isSame = openInterestAsOf === quotesAsOf;
  const openInterest = isSame ? quotes : openInterestAsOf === null ? null : isoTime(openInterestAsOf);
  const repeated = quality.includes('frozen') ? 'frozen' : null;
  const instant = (name: 'quotes_as_of' | 'open_interest_as_of', text: string | null, why: string | null) =>
    orReason(name, why === null ? text : null, (known && why) ?? noTimes);
  return {
    session_phase: orReason('session_phase', phase, noTimes),
    quotes_as_of: instant('quotes_as_of', quotes, hasAny(chain, QUOTES) ? repeated : 'no_quotes'),
    open_interest_as_of: instant(
      'open_interest_as_of',
      openInterest,
      hasAny(chain, OPEN_INTEREST) ? repeated : 'not_given',
    ),
  };
}

/** The reason where they are not known. A generated market never closes. */
function timesOf({ product, source, timestamp }: RawChain): MarketTimes | string {
  if (source === SYNTHETIC_SOURCE) {
    return { phase: 'continuous', quotesAsOf: timestamp, openInterestAsOf: timestamp };
  }
  const info = productInfo(product);
  return info === null ? 'no_reference_data' : (marketTimes(info, timestamp) ?? 'calendar_unknown');
}

type Quoted = (typeof QUOTES)[number] | 'open_interest';

/** True when the source gives one of these for a contract. */
const hasAny = ({ columns }: RawChain, names: readonly Quoted[]): boolean =>
  SIDES.some((side) => names.some((name) => !column(columns, SIDE_COLUMNS[side][name]).every(Number.isNaN)));

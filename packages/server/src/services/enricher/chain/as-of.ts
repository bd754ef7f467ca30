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

/** The phase of the day of a snapshot, and the instants that its quotes and its open interest are from. */
export function asOfFigures(chain: RawChain, quality: readonly QualityFlag[], orReason: OrReason) {
  const times = timesOf(chain);
  const unknown = typeof times === 'string';
  const repeated = quality.includes('frozen') && 'frozen';
  const instant = (
    name: 'quotes_as_of' | 'open_interest_as_of',
    atMs: number | null,
    missing: string | false,
  ): string | null => {
    const reason = unknown ? times : missing || repeated || 'calendar_unknown';
    const known = unknown || missing || repeated ? null : atMs;
    return orReason(name, known === null ? null : isoTime(known), reason);
  };
  return {
    session_phase: orReason(
      'session_phase',
      unknown ? null : times.phase,
      unknown ? times : 'calendar_unknown',
    ),
    quotes_as_of: instant(
      'quotes_as_of',
      unknown ? null : times.quotesAsOf,
      !hasAny(chain, QUOTES) && 'no_quotes',
    ),
    open_interest_as_of: instant(
      'open_interest_as_of',
      unknown ? null : times.openInterestAsOf,
      !hasAny(chain, ['open_interest']) && 'not_given',
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

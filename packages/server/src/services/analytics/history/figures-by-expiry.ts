import {
  CHAIN_FIGURES,
  type ChainFigureName,
  type EnrichedChain,
  type ExpiriesInUse,
  ExpiryFiguresView,
  type getFiguresByExpiry,
  isoTime,
} from '@deltastream/contracts';
import { putCallRatio, sumFinite } from '@deltastream/quant';
import type { Static } from 'typebox';
import { readFields } from '../../../kit/responses/fields.ts';

type Answer = Static<(typeof getFiguresByExpiry.schema.response)[200]>;
type Total = 'total_call_oi' | 'total_put_oi' | 'total_call_volume' | 'total_put_volume';

const SHOWN = new Set(Object.keys(ExpiryFiguresView.properties).filter((name) => name in CHAIN_FIGURES));
const DEFAULT =
  'pcr_oi,pcr_volume,pcr_oi_change,max_pain_strike,total_call_oi,total_put_oi,total_call_volume,total_put_volume';

/** Figures of the newest chains of a product, at least one, and its put-call ratios. Throws `invalid_request`. */
export function figuresByExpiry(
  { current: chains, outdated }: ExpiriesInUse<EnrichedChain>,
  figures: string | undefined = DEFAULT,
): Answer {
  const chosen = readFields(figures, SHOWN, 'figures') as ReadonlySet<ChainFigureName>;
  const reasons: Record<string, string> = {};
  const expiries = chains.map(({ expiry, timestamp, summary }) => {
    const row: Record<string, unknown> = { expiry, timestamp: isoTime(timestamp) };
    for (const name of chosen) {
      row[name] = summary[name];
      if (summary[name] === null) reasons[`${expiry}.${name}`] = summary.null_reasons[name] ?? 'not_recorded';
    }
    return row as Answer['expiries'][number];
  });
  const orReason = <T>(name: string, value: T | null, reason: string): T | null => {
    if (value === null) reasons[name] = reason;
    return value;
  };
  const oldest = (name: 'quotes_as_of' | 'open_interest_as_of') => {
    const unknown = chains.find(({ summary }) => summary[name] === null)?.summary;
    const [first] = chains.map(({ summary }) => summary[name]).sort();
    return orReason(name, unknown ? null : first, unknown?.null_reasons[name] ?? 'not_recorded');
  };
  const total = (name: Total) => {
    const given = chains.flatMap(({ summary }) => summary[name] ?? []);
    return orReason(name, given.length === 0 ? null : sumFinite(given), 'not_given');
  };
  const ratio = (name: string, put: number | null, call: number | null, reason: string) =>
    orReason(name, put === null || call === null ? null : putCallRatio(put, call), reason);
  const [callOi, putOi] = [total('total_call_oi'), total('total_put_oi')];
  const [callVolume, putVolume] = [total('total_call_volume'), total('total_put_volume')];
  const times = chains.map(({ timestamp }) => timestamp);
  return {
    product: chains[0].product,
    timestamp: isoTime(Math.max(...times)),
    oldest_timestamp: isoTime(Math.min(...times)),
    quotes_as_of: oldest('quotes_as_of'),
    open_interest_as_of: oldest('open_interest_as_of'),
    total_call_oi: callOi,
    total_put_oi: putOi,
    pcr_oi: ratio('pcr_oi', putOi, callOi, 'no_call_open_interest'),
    total_call_volume: callVolume,
    total_put_volume: putVolume,
    pcr_volume: ratio('pcr_volume', putVolume, callVolume, 'no_call_volume'),
    null_reasons: reasons,
    count: expiries.length,
    expiries,
    outdated_expiries: [...outdated],
  };
}

import type { Instrument } from './instrument.ts';

/** Whether two instruments are the same thing to trade: a venue may give an id to another contract after an expiry. */
export function isSameContract(held: Instrument, listed: Instrument): boolean {
  if (held.kind !== listed.kind || held.listing.symbol !== listed.listing.symbol) return false;
  if (held.kind === 'underlying' || listed.kind === 'underlying') return true;
  if (held.expiry !== listed.expiry) return false;
  if (held.kind === 'future' || listed.kind === 'future') return true;
  return held.strike === listed.strike && held.side === listed.side;
}

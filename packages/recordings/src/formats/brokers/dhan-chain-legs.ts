import type { Side } from '@deltastream/contracts';
import type { Quote } from '../../chains/chain-builder.ts';
import { BadCell, shown } from '../../tables/cells.ts';
import { amount, isObject, type Json, price } from '../../tables/json-cells.ts';

const LEGS: readonly (readonly [name: string, side: Side])[] = [
  ['ce', 'call'],
  ['pe', 'put'],
];

/** A contract of Dhan's option chain API. What is wrong with it is thrown when it is read, as a BadCell. */
export interface DhanChainLeg {
  /** Where it stands, in words. */
  readonly place: string;
  readonly side: Side;
  strike(): number;
  /** Its quote, amounts in units; a price of 0 is none. */
  read(): Quote;
}

/** The contracts in `data.oc` of a response, strike by strike; a strike may have none. */
export function* dhanChainLegs(strikes: Json): Generator<DhanChainLeg[]> {
  for (const [strikeText, row] of Object.entries(strikes)) {
    const legs: DhanChainLeg[] = [];
    for (const [name, side] of LEGS) {
      const leg = isObject(row) ? row[name] : row;
      if (leg === undefined || leg === null) continue;
      legs.push({
        place: `data.oc[${shown(strikeText)}].${name}`,
        side,
        strike: () => strikeOf(strikeText),
        read: () => quoteInUnits(leg),
      });
    }
    yield legs;
  }
}

function strikeOf(text: string): number {
  const strike = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (strike === 0) throw new BadCell('bad_value', 'its key is not a strike');
  return strike;
}

function quoteInUnits(leg: unknown): Quote {
  if (!isObject(leg)) throw new BadCell('bad_value', 'it is not an object');
  const interest = amount(leg, 'oi');
  return {
    bid: price(leg, 'top_bid_price'),
    ask: price(leg, 'top_ask_price'),
    last: price(leg, 'last_price'),
    bid_size: amount(leg, 'top_bid_quantity'),
    ask_size: amount(leg, 'top_ask_quantity'),
    volume: amount(leg, 'volume'),
    open_interest: interest,
    open_interest_change: interest - amount(leg, 'previous_oi'),
    previous_close: price(leg, 'previous_close_price'),
  };
}

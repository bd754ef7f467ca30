import type { ChainHeader, QualityFlag } from './chain.ts';

/** Flags that an enricher finds in the chain itself, whatever its feed said. */
const FOUND: ReadonlySet<QualityFlag> = new Set([
  'crossed',
  'no_two_sided_quotes',
  'zero_spot',
  'lot_unknown',
  'expired',
  'tick_inferred',
]);
/** Flags that follow from the reference data, where that knows the product; else only its feed can have known. */
const REFERENCE: ReadonlySet<QualityFlag> = new Set(['calendar_unknown', 'spot_frozen']);

/**
 * What the feed of an enriched chain said of it, without the flags and the price tick that an enricher found: enriching it
 * again depends on the code and the data of that day.
 *
 * @param isKnown whether the reference data knows the product
 */
export function quotedHeader<Header extends Pick<ChainHeader, 'price_tick' | 'quality'>>(
  header: Header,
  isKnown: boolean,
): Header {
  return {
    ...header,
    price_tick: header.quality.includes('tick_inferred') ? null : header.price_tick,
    quality: header.quality.filter((flag) => !FOUND.has(flag) && !(isKnown && REFERENCE.has(flag))),
  };
}

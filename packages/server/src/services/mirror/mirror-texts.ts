import {
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  type EnrichedTick,
  isoTime,
  type PriceUpdate,
  toChainSummaryView,
  toChainView,
} from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import type { TextMessage } from '../../ports/text-channels.ts';

/** What is shown of a message, as the JSON of the REST views. */
export interface MirrorTexts {
  /** Throws MalformedFrameError. Nothing for a message of another dataset. */
  of(kind: 'chain' | 'price', frame: Uint8Array): TextMessage[];
}

/** Products whose nearest expiry is known. */
const MAX_PRODUCTS = 4_096;

export function createMirrorTexts(dataset: string, keepMs: number): MirrorTexts {
  const nearest = new LRUCache<string, { readonly expiry: string; readonly expiresAt: number }>({
    max: MAX_PRODUCTS,
  });

  /** Whether the chain is of the nearest expiry of its product, as far as chains came. */
  function isNearest(product: string, expiry: string, expiresAt: number, timestamp: number): boolean {
    const known = nearest.get(product);
    if (known !== undefined && known.expiresAt > timestamp && known.expiresAt < expiresAt) return false;
    if (expiresAt > timestamp) nearest.set(product, { expiry, expiresAt });
    return known === undefined || expiresAt > timestamp || known.expiry === expiry;
  }

  function chainTexts(frame: Uint8Array): TextMessage[] {
    const chain = ENRICHED_CHAINS.frames.decode(frame);
    if (chain.dataset !== undefined && chain.dataset !== dataset) return [];
    const { product, expiry, expiry_at, timestamp } = chain;
    const own = `latest:chain:${product}:${expiry}`;
    const isLatest = isNearest(product, expiry, expiry_at, timestamp);
    return [
      {
        channel: `enriched:chain:${product}`,
        text: JSON.stringify(toChainView(chain)),
        keys: isLatest ? [own, `latest:chain:${product}`] : [own],
        ttlMs: keepMs,
      },
      { channel: `enriched:summary:${product}`, text: JSON.stringify(toChainSummaryView(chain)) },
    ];
  }

  function priceTexts(frame: Uint8Array): TextMessage[] {
    const tick = ENRICHED_TICKS.frames.decode(frame);
    if (tick.dataset !== undefined && tick.dataset !== dataset) return [];
    const { product } = tick;
    return [
      {
        channel: `enriched:price:${product}`,
        text: JSON.stringify(priceOf(tick)),
        keys: [`latest:price:${product}`],
        ttlMs: keepMs,
      },
    ];
  }

  return { of: (kind, frame) => (kind === 'chain' ? chainTexts(frame) : priceTexts(frame)) };
}

function priceOf(tick: EnrichedTick): PriceUpdate {
  const { product, price, change, change_pct, timestamp, epoch, seq, source, quality } = tick;
  return { product, price, change, change_pct, timestamp: isoTime(timestamp), epoch, seq, source, quality };
}

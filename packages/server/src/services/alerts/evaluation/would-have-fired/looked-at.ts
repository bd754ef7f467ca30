import type { AlertRuleDefinition } from '@deltastream/contracts';
import type { StoredExpiry } from '../../../../ports/stores/market/market-store.ts';

/** A span of time, [fromMs, toMs). */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When a rule may look at each expiry of a product, of those within a span. Where it follows the nearest expiry that is
 * while no earlier one was listed, sent and unexpired, so that the chains of later ones need not be read.
 */
export function lookedAt(
  expiry: AlertRuleDefinition['expiry'],
  stored: readonly StoredExpiry[],
  span: Span,
): { readonly expiry: string; readonly spans: readonly Span[] }[] {
  return stored
    .map((each) => ({ expiry: each.expiry, spans: spansOf(expiry, each, stored, span) }))
    .filter(({ spans }) => spans.length > 0);
}

function spansOf(
  expiry: AlertRuleDefinition['expiry'],
  each: StoredExpiry,
  stored: readonly StoredExpiry[],
  { fromMs, toMs }: Span,
): Span[] {
  const own: Span = {
    fromMs: Math.max(fromMs, each.firstTimestamp),
    toMs: Math.min(toMs, each.lastTimestamp + 1),
  };
  if (own.fromMs >= own.toMs) return [];
  if (expiry !== 'nearest') return expiry === 'all' || expiry === each.expiry ? [own] : [];
  const earlier = stored
    .filter(({ expiryAt }) => expiryAt < each.expiryAt)
    .map(({ firstTimestamp, lastTimestamp, expiryAt }) => ({
      fromMs: firstTimestamp,
      toMs: Math.min(lastTimestamp, expiryAt) + 1,
    }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  return without({ fromMs: own.fromMs, toMs: Math.min(own.toMs, each.expiryAt + 1) }, earlier);
}

/** What is left of a span without others, which ascend. */
function without({ fromMs, toMs }: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = fromMs;
  for (const other of others) {
    if (other.fromMs > at) left.push({ fromMs: at, toMs: Math.min(other.fromMs, toMs) });
    at = Math.max(at, other.toMs);
    if (at >= toMs) break;
  }
  if (at < toMs) left.push({ fromMs: at, toMs });
  return left.filter((span) => span.fromMs < span.toMs);
}

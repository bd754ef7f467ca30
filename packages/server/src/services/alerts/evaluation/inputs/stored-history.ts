import {
  HISTORY_FIGURES,
  type HistoryFigure,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
} from '@deltastream/contracts';
import { expiriesInUse, MAX_EXPIRY_LAG_MS } from '@deltastream/contracts/live';
import { DAY_MS } from '@deltastream/reference';
import type { MarketReader } from '../../../../ports/stores/market/market-store.ts';
import type { Lane } from '../lanes/lane.ts';
import { LOOKED_AT_AFTER_MS, type ProductLanes } from '../lanes/product-lanes.ts';
import { VOCABULARIES } from '../rules/compile-rule.ts';
import { sessionBegin, sessionOf } from './previous-close.ts';

export type StoredPast = Pick<MarketReader, 'expiries' | 'lastSummaries' | 'lastProductFigures'>;

export interface StoredHistoryRequest {
  readonly product: string;
  readonly lanes: Pick<ProductLanes, 'addExpiry'>;
  /** Chains up to this time are the past. */
  readonly atMs: number;
  readonly store: StoredPast;
  readonly maxExpiryLagMs?: number;
}

/** A close of longer ago is of no session that one would call the previous: the longest closures have some ten days. */
const OLDEST_CLOSE_MS = 14 * DAY_MS;

const CHAIN_NAMES: ReadonlySet<string> = new Set(HISTORY_FIGURES);
const PRODUCT_NAMES: ReadonlySet<string> = new Set(PRODUCT_FIGURE_NAMES);

/**
 * What rules need of the past that an evaluator did not see: which expiries there are, and of those that rules look at the
 * steps of their changes and their previous closes. Costs what the steps cost, not what lies in them. Figures that are not
 * kept as numbers have no past until chains of it come.
 */
export async function readStoredHistory(request: StoredHistoryRequest): Promise<void> {
  const { product, lanes, atMs, store, maxExpiryLagMs = MAX_EXPIRY_LAG_MS } = request;
  const stored = (await store.expiries(product)).filter(({ firstTimestamp }) => firstTimestamp <= atMs);
  const open = stored.filter(({ expiryAt }) => expiryAt >= atMs);
  const passed = stored.filter(({ expiryAt }) => expiryAt < atMs && atMs - expiryAt <= LOOKED_AT_AFTER_MS);
  const current = open.length === 0 ? [] : expiriesInUse(open, maxExpiryLagMs).current;
  for (const { expiry, expiryAt } of [...passed, ...current]) {
    const lane = lanes.addExpiry(expiry, expiryAt);
    if (!lane.history.isKept) continue;
    await readSpans(lane, { ...request, expiry });
    await readCloses(lane, { ...request, expiry });
  }
}

interface ExpiryRequest extends Pick<StoredHistoryRequest, 'product' | 'atMs' | 'store'> {
  readonly expiry: string;
}

async function readSpans({ history }: Lane, request: ExpiryRequest): Promise<void> {
  const { atMs } = request;
  for (const [slot, spans] of history.spans) {
    for (const span of spans) {
      for (const { timestamp, value } of await lastValues(slot, span.steps(atMs), atMs + 1, request)) {
        span.note(timestamp, value);
      }
    }
  }
}

async function readCloses({ history }: Lane, request: ExpiryRequest): Promise<void> {
  const { product, atMs } = request;
  const session = sessionOf(product);
  const begin = sessionBegin(product, atMs);
  for (const [slot, close] of history.closes) {
    const before = await lastValues(slot, [begin - OLDEST_CLOSE_MS], begin, request);
    const since = await lastValues(slot, [begin], atMs + 1, request);
    for (const { timestamp, value } of [...before, ...since]) close.seed(session(timestamp), value);
  }
}

/** The last value of a number in each interval. */
async function lastValues(
  slot: number,
  starts: readonly number[],
  toMs: number,
  { product, expiry, store }: ExpiryRequest,
): Promise<{ readonly timestamp: number; readonly value: number }[]> {
  const name = VOCABULARIES.market.numbers[slot];
  if (isChainFigure(name)) {
    const points = await store.lastSummaries(product, expiry, starts, toMs, [name]);
    return points.map((point) => ({ timestamp: point.timestamp, value: point[name] ?? Number.NaN }));
  }
  if (isProductFigure(name)) {
    const points = await store.lastProductFigures(product, starts, toMs, [name]);
    return points.map(({ timestamp, values }) => ({ timestamp, value: values[name] ?? Number.NaN }));
  }
  return [];
}

const isChainFigure = (name: string): name is HistoryFigure => CHAIN_NAMES.has(name);
const isProductFigure = (name: string): name is ProductFigureName => PRODUCT_NAMES.has(name);

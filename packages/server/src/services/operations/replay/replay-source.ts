import {
  type EnrichedChain,
  type EnrichedTick,
  MAX_REPLAYED_PRODUCTS,
  type RawChain,
  type UnderlyingTick,
} from '@deltastream/contracts';
import type { Source } from '@deltastream/recordings/source';
import { DeltaStreamError } from '../../../kit/errors.ts';

export type ReplayItem =
  | { readonly kind: 'chain'; readonly chain: EnrichedChain }
  | { readonly kind: 'tick'; readonly tick: EnrichedTick };

/** Everything of one recorded time. */
export interface ReplayInstant {
  /** Epoch ms. */
  readonly timestamp: number;
  readonly items: readonly ReplayItem[];
}

/** What can be played again, as often as wanted. */
export interface ReplaySource {
  /** A file's name; null for what is stored. */
  readonly recording: string | null;
  readonly products: readonly string[];
  /** Its first instant, epoch ms; null while it is not known. */
  readonly fromMs: number | null;
  /** Its end, exclusive; null while it is not known. */
  readonly toMs: number | null;
  /**
   * Instants in time order. The first is what held at `atMs`: the last chain of each expiry and the last price up to it;
   * without `atMs`, or where nothing was there yet, it is the first that is recorded. Ends, or rejects, soon after the
   * signal aborts, and frees what it holds.
   */
  open(atMs: number | null, signal: AbortSignal): AsyncIterable<ReplayInstant>;
}

export interface ReplayFigures {
  enrichChain(chain: RawChain): EnrichedChain;
  enrichTick(tick: UnderlyingTick): EnrichedTick;
}

export const timeOf = (item: ReplayItem): number =>
  item.kind === 'chain' ? item.chain.timestamp : item.tick.timestamp;

const keyOf = (item: ReplayItem): string =>
  item.kind === 'chain' ? `${item.chain.product} ${item.chain.expiry}` : item.tick.product;

/** Items in time order as instants; of those up to `atMs` the last of each kind is one instant, at that time. */
export async function* instantsOf(
  items: AsyncIterable<ReplayItem>,
  atMs: number | null,
): AsyncGenerator<ReplayInstant> {
  const held = new Map<string, ReplayItem>();
  let gathered: ReplayItem[] = [];
  let timestamp = atMs ?? Number.NEGATIVE_INFINITY;
  for await (const item of items) {
    const time = timeOf(item);
    if (atMs !== null && time <= atMs && gathered.length === 0) {
      held.set(keyOf(item), item);
      continue;
    }
    if (held.size > 0) {
      yield { timestamp, items: [...held.values()] };
      held.clear();
    }
    if (gathered.length > 0 && time !== timestamp) {
      yield { timestamp, items: gathered };
      gathered = [];
    }
    timestamp = time;
    gathered.push(item);
  }
  const last = held.size > 0 ? [...held.values()] : gathered;
  if (last.length > 0) yield { timestamp, items: last };
}

export interface RecordingParts {
  readonly file: string;
  /** Opens it anew. */
  readonly open: (signal: AbortSignal) => Promise<Source>;
  readonly figures: ReplayFigures;
  /** Only these; all that are recorded without. */
  readonly products?: readonly string[];
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Told of each part that cannot be used. */
  readonly onRejected: (reason: string) => void;
  /** Told of each instant that is played, epoch ms, from the beginning of a reading on. */
  readonly inOrder?: () => (timestamp: number, product: string) => void;
}

/** A recording, read from its beginning by every `open`: what lies before the instant that is wanted is read and left out. */
export function recordedSource(parts: RecordingParts): ReplaySource {
  const { file, open, fromMs = null, toMs = null, onRejected, inOrder } = parts;
  const wanted = parts.products && new Set(parts.products);
  const seen = new Set<string>(parts.products);

  const isWanted = (product: string, time: number): boolean =>
    (!wanted || wanted.has(product)) && (fromMs === null || time >= fromMs) && (toMs === null || time < toMs);

  async function* items(signal: AbortSignal): AsyncGenerator<ReplayItem> {
    const source = await open(signal);
    const ordered = inOrder?.();
    try {
      for await (const item of source) {
        if (signal.aborted) return;
        if (item.kind === 'rejected') {
          onRejected(item.reason);
          continue;
        }
        const { product, timestamp } = item.kind === 'chain' ? item.chain : item.tick;
        if (!isWanted(product, timestamp)) continue;
        ordered?.(timestamp, product);
        seen.add(product);
        if (seen.size > MAX_REPLAYED_PRODUCTS) {
          throw new DeltaStreamError(
            'invalid_request',
            `${file} has more than ${MAX_REPLAYED_PRODUCTS} products: name those to be played in \`products\``,
          );
        }
        const enriched = enrichedItem(item, parts);
        if (enriched !== null) yield enriched;
      }
    } finally {
      await source.close();
    }
  }

  return {
    recording: file,
    get products() {
      return [...seen].sort();
    },
    fromMs,
    toMs,
    open: (atMs, signal) => instantsOf(items(signal), atMs),
  };
}

/**
 * A recording names itself in what it gives, with what is to be known of it in parentheses, and may hold what others gave; names
 * of files are not for all.
 */
function sourceShown(source: string, file: string): string {
  if (!source.startsWith(NAMED)) return source;
  const own = `${NAMED}${file}`;
  const known = source.startsWith(own) ? source.slice(own.length) : '';
  return /^ \([^()]+\)$/.test(known) ? `replay${known}` : 'replay';
}

const NAMED = 'replay:';

/** Null for a chain that no enricher would take. */
function enrichedItem(
  item: { kind: 'chain'; chain: RawChain } | { kind: 'tick'; tick: UnderlyingTick },
  { file, figures: { enrichChain, enrichTick }, onRejected }: RecordingParts,
): ReplayItem | null {
  const shown = <T extends { readonly source: string }>(of: T): T => ({
    ...of,
    source: sourceShown(of.source, file),
  });
  try {
    return item.kind === 'chain'
      ? { kind: 'chain', chain: shown(enrichChain(item.chain)) }
      : { kind: 'tick', tick: shown(enrichTick(item.tick)) };
  } catch (error) {
    onRejected(error instanceof Error ? error.message : String(error));
    return null;
  }
}

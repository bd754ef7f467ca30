import { MAX_REPLAYED_PRODUCTS, type ReplayOrder } from '@deltastream/contracts';
import type { Source } from '@deltastream/recordings/source';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';
import { createTimeOrderReport } from '../../../kit/recordings/time-order.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import {
  type RecordingParts,
  type ReplayFigures,
  type ReplaySource,
  recordedSource,
} from './replay-source.ts';
import { storedSource } from './stored-source.ts';

/** From what a replay can be played. */
export interface OrderedParts {
  readonly store: MarketReader;
  readonly logger: Logger;
  readonly warn: PacedWarning;
  /** Path of a recording of the folder "imports". Rejects with `not_found`. */
  readonly findRecording: (file: string) => Promise<string>;
  readonly openRecording: (path: string, signal: AbortSignal) => Promise<Source>;
  readonly figures: () => Promise<ReplayFigures>;
}

/**
 * What an order names: a recording, or a range of what is stored. Rejects with `invalid_request`, `not_found`, `no_data` or
 * `unreadable_source`.
 */
export async function orderedSource(order: ReplayOrder, parts: OrderedParts): Promise<ReplaySource> {
  const { recording, products } = order;
  const { store, logger, warn } = parts;
  const [fromMs, toMs] = [order.from, order.to].map((text) =>
    text === undefined ? undefined : timeIn(text),
  );
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw invalidOrder('`from` is not before `to`');
  }
  if (recording !== undefined) {
    const path = await parts.findRecording(recording);
    const found: RecordingParts = {
      ...{ file: recording, products, fromMs, toMs, figures: await parts.figures() },
      open: (signal) => parts.openRecording(path, signal),
      onRejected: (reason) => warn(recording, 'replay_part_left_out', { recording, reason }),
      inOrder: () => createTimeOrderReport(logger),
    };
    await requireReadable(found);
    return recordedSource(found);
  }
  if (fromMs === undefined || toMs === undefined) {
    throw invalidOrder('say `from` and `to` of a stored range, or name a `recording`');
  }
  const named = products ?? (await store.products()).map(({ product }) => product);
  if (named.length > MAX_REPLAYED_PRODUCTS) {
    throw invalidOrder(
      `${named.length} products are stored, at most ${MAX_REPLAYED_PRODUCTS} are played: name them in \`products\``,
    );
  }
  return storedSource(store, await parts.figures(), { fromMs, toMs, products: named });
}

async function requireReadable({ open }: RecordingParts): Promise<void> {
  const source = await open(new AbortController().signal);
  await source.close();
}

/** Epoch ms of an instant of an order or command. Throws `invalid_request`. */
export function timeIn(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw invalidOrder(`${JSON.stringify(text)} is not a valid timestamp`);
  return time;
}

export const invalidOrder = (message: string) => new DeltaStreamError('invalid_request', message);

import { addAbortSignal, Readable } from 'node:stream';
import type { ExportOrder } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import type { TransferLimits } from '../transfers/transfer-settings.ts';
import { createEncodingThread } from './encoding-thread.ts';
import { exportBytes } from './write-export.ts';

/** Sends exports as they are made, without a file. */
export interface ExportStreams {
  /**
   * Resolves when the first bytes are there. No more is read than is taken, beyond two slices. It ends at once when `gone`
   * aborts or the time of a download is over; then, and where it fails, the stream is destroyed. Rejects with `unavailable`
   * where as many are sent as may be, and as `exportBytes`.
   */
  open(order: ExportOrder, gone: AbortSignal): Promise<Readable>;
  /** Ends all; idempotent. */
  close(): Promise<void>;
}

export function createExportStreams(store: MarketReader, limits: TransferLimits): ExportStreams {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function* withFirst(first: Uint8Array, rest: AsyncGenerator<Uint8Array>) {
    try {
      yield first;
      yield* rest;
    } finally {
      await rest.return(undefined);
    }
  }

  return {
    async open(order, gone) {
      if (underWay.size >= limits.exportMaxStreams) {
        const most = `${limits.exportMaxStreams} exports are being downloaded`;
        throw new DeltaStreamError('unavailable', `${most}; try again, or order a file`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      underWay.add(promise);
      const encoder = createEncodingThread();
      let timer: NodeJS.Timeout | undefined;
      const end = async () => {
        clearTimeout(timer);
        underWay.delete(promise);
        await encoder.close();
        resolve();
      };
      const late = new AbortController();
      const signal = AbortSignal.any([gone, closing.signal, late.signal]);
      const pieces = exportBytes({ store, encoder }, order, signal, undefined, limits);
      try {
        const { value } = await pieces.next();
        const stream = Readable.from(withFirst(value ?? new Uint8Array(0), pieces));
        stream.once('close', () => void end());
        // It may end before the response listens: an error that nobody hears would end the process.
        stream.on('error', () => undefined);
        // Until then the caller waits for a response, for which it has a time of its own.
        timer = setTimeout(() => late.abort(), limits.exportStreamMs).unref();
        return addAbortSignal(signal, stream);
      } catch (error) {
        await end();
        if (closing.signal.aborted) throw new DeltaStreamError('stopped', 'the service stops');
        throw error;
      }
    },
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}

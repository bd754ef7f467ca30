import type { LineBatch } from '../../../ports/stores/logs/log-store.ts';

/** Memory of lines that wait, used again: made anew for each batch it would be as much as all else that a collection has to find. */
export interface BatchMemory {
  /** The same lines in memory that nobody else writes to. */
  keep(batch: LineBatch): LineBatch;
  /** Takes the memory of lines back that nobody reads any more. */
  release(batch: LineBatch): void;
}

/** As much as the access log passes on at once. A longer batch gets memory of its own. */
const PIECE_BYTES = 131_072;
/** 8 MiB: half of what may wait. What is taken back beyond it goes. */
const MAX_SPARE = 64;

export function createBatchMemory(): BatchMemory {
  const spare: ArrayBuffer[] = [];
  return {
    keep({ bytes, count }) {
      const memory =
        (bytes.length <= PIECE_BYTES && spare.pop()) || new ArrayBuffer(Math.max(PIECE_BYTES, bytes.length));
      const kept = new Uint8Array(memory, 0, bytes.length);
      kept.set(bytes);
      return { bytes: kept, count };
    },
    release({ bytes: { buffer } }) {
      if (buffer.byteLength === PIECE_BYTES && spare.length < MAX_SPARE) spare.push(buffer as ArrayBuffer);
    },
  };
}

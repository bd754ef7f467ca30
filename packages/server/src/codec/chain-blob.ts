import type { ColumnMemory, ColumnName, EnrichedChain } from '@deltastream/contracts';
import { createChainCodec, type SnapshotParts } from '@deltastream/contracts/codec';
import type { Snapshot } from '../ports/stores/market/market-store.ts';

/** A chain snapshot as the bytes that every store keeps. */
export interface ChainBlobCodec {
  /**
   * The frame that the snapshot came in, where there is one; else fresh memory. Throws RangeError when the
   * columns do not have the shape of an enriched chain.
   */
  encode(snapshot: Snapshot): Uint8Array;
  /** Without the columns after `through`, which go into `memory` where it is given. Throws MalformedBlobError. */
  decode(blob: Uint8Array, through?: ColumnName, memory?: ColumnMemory): EnrichedChain;
  /** The same of a snapshot of a sealed segment. */
  join(parts: SnapshotParts, through?: ColumnName): EnrichedChain;
}

/** A codec with its own working memory, for one thread. */
export function createChainBlobCodec(): ChainBlobCodec {
  const codec = createChainCodec();
  const { decode, join } = codec;
  return {
    encode: (snapshot) => ('frame' in snapshot ? snapshot.frame : codec.encode(snapshot)),
    decode,
    join,
  };
}

/** About how many bytes the blob of a snapshot takes: a cell of a chain takes about one. */
export const blobBytes = (snapshot: Snapshot): number =>
  'frame' in snapshot ? snapshot.frame.length : snapshot.columns.values.length;

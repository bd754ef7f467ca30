import { isDeepStrictEqual } from 'node:util';
import {
  type ChainHead,
  createChainHeadCodec,
  MalformedBlobError,
  verifyBlob,
} from '@deltastream/contracts/codec';

/** Compares snapshots in the bytes that stores keep. */
export interface SnapshotComparison {
  /** The head of a blob; null when it is damaged. */
  headOf(blob: Uint8Array): ChainHead | null;
  /** True when two snapshots say the same, apart from which message of which source they came in. */
  saySame(a: ChainHead, blobOfA: Uint8Array, b: ChainHead, blobOfB: Uint8Array): boolean;
}

export function createSnapshotComparison(): SnapshotComparison {
  const heads = createChainHeadCodec();
  return {
    headOf(blob) {
      try {
        verifyBlob(blob);
        return heads.decode(blob);
      } catch (error) {
        if (error instanceof MalformedBlobError) return null;
        throw error;
      }
    },
    saySame: (a, blobOfA, b, blobOfB) =>
      Buffer.compare(blobOfA.subarray(a.end), blobOfB.subarray(b.end)) === 0 &&
      isDeepStrictEqual(contentOf(a), contentOf(b)),
  };
}

const contentOf = ({ chain }: ChainHead) => ({
  ...chain,
  epoch: '',
  seq: 0,
  source: '',
  generation: undefined,
  dataset: undefined,
});

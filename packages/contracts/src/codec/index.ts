/**
 * Chains as bytes, and bars. Apart from the package's main entry, so that a thread that only moves bytes need not load
 * schemas.
 */

export { INTERVAL_MS, STORED_INTERVALS } from '../market/bars/bar-intervals.ts';
export { mergeBars } from '../market/bars/merge-bars.ts';
export { SYNTHETIC_SOURCE } from '../market/sources.ts';
export { sealBlob, verifyBlob } from './blob-checksum.ts';
export { type ChainCodec, createChainCodec, createRawChainCodec } from './chain-codec.ts';
export { countQuotes } from './chain-columns.ts';
export { type ChainHead, createChainHeadCodec, readSizes } from './chain-head.ts';
export { MalformedBlobError } from './malformed-blob.ts';
export { createHeadsReader, type ReadHeads, type StoredHeads } from './segment/read-heads.ts';
export { createSegmentCodec } from './segment/segment-codec.ts';
export type { CellMemory, Segment, SnapshotParts } from './segment/segment-reader.ts';
export { columnReader } from './simd/simd-column-reader.ts';
export { columnWriter } from './simd/simd-column-writer.ts';
export { readVarint, varintLength, writeVarint } from './varint.ts';

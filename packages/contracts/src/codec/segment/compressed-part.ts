import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { MalformedBlobError } from '../malformed-blob.ts';
import type { ByteReader, ByteWriter } from './byte-writer.ts';

/** Decompressing takes no longer for it, and sealing is in the background. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };

/** Bytes, compressed where that makes them shorter: how many they are, how many are stored, and those. */
export function writeCompressed(bytes: Uint8Array, out: ByteWriter): void {
  const compressed = zstdCompressSync(bytes, OPTIONS);
  const stored = compressed.length < bytes.length ? compressed : bytes;
  out.varint(bytes.length);
  out.varint(stored.length);
  out.bytes(stored);
}

/**
 * Steps over what `writeCompressed` wrote; returns what gives it, decompressed anew each time. Throws MalformedBlobError, as
 * that does.
 */
export function compressedPart(source: ByteReader): () => Uint8Array {
  const length = source.varint();
  const stored = source.bytes(source.varint());
  return () => (stored.length === length ? stored : decompressed(stored, length));
}

function decompressed(stored: Uint8Array, length: number): Uint8Array {
  try {
    // In one piece: the library would put it together of many.
    const chunkSize = Math.max(length, constants.Z_MIN_CHUNK);
    return zstdDecompressSync(stored, { maxOutputLength: length, chunkSize });
  } catch (cause) {
    throw new MalformedBlobError('a part of the segment cannot be decompressed', { cause });
  }
}

import { crc32 } from 'node:zlib';
import { MalformedBlobError } from './malformed-blob.ts';

/**
 * Layout version, the first byte of every blob. 1: no checksum. 2: the CRC-32 of all that follows it, in four
 * bytes, low byte first. Both are read; the newest is written.
 */
export const BLOB_VERSION = 2;
const OLDEST_VERSION = 1;
const CHECKSUM_BYTES = 4; // A 32-bit number.

/** The version of a blob. Throws MalformedBlobError for one that this release does not know. */
export function versionOf(blob: Uint8Array, newest = BLOB_VERSION): number {
  const version = blob[0];
  if (version >= OLDEST_VERSION && version <= newest) return version;
  const newer = version > newest ? ': a newer release wrote it; upgrade DeltaStream' : '';
  throw new MalformedBlobError(
    `version is ${String(version)}, expected ${OLDEST_VERSION} to ${newest}${newer}`,
  );
}

/** Where what a blob says begins, after its version and checksum. */
export const fieldsStart = (version: number): number => (version === 1 ? 1 : 1 + CHECKSUM_BYTES);

/**
 * Sets the checksum of a complete blob of the newest version, in place.
 * @param key what the blob is stored under, where its own fields do not say it: the checksum then covers both
 */
export function sealBlob<Blob extends Uint8Array>(blob: Blob, key = ''): Blob {
  checksumView(blob).setUint32(0, crc32(contentOf(blob), crc32(key)), true);
  return blob;
}

/**
 * Throws MalformedBlobError when the bytes, or the key, are not those that were sealed. A blob of version 1 has no checksum.
 * @param newest the newest version of the layout, where it has versions of its own
 */
export function verifyBlob(blob: Uint8Array, key = '', newest = BLOB_VERSION): void {
  if (versionOf(blob, newest) === 1) return;
  if (blob.length < fieldsStart(BLOB_VERSION)) throw new MalformedBlobError('ends inside the checksum');
  if (checksumView(blob).getUint32(0, true) !== crc32(contentOf(blob), crc32(key))) {
    throw new MalformedBlobError(`the checksum does not fit the bytes${key && ` under the key ${key}`}`);
  }
}

const contentOf = (blob: Uint8Array): Uint8Array => blob.subarray(fieldsStart(BLOB_VERSION));
const checksumView = (blob: Uint8Array): DataView => new DataView(blob.buffer, blob.byteOffset + 1);

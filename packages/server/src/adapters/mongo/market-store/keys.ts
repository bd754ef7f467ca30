import { DeltaStreamError } from '../../../kit/errors.ts';

const PRODUCT_BYTES = 24; // As long as a product symbol may be.
const EXPIRY_BYTES = 10; // YYYY-MM-DD.
const TIME_BYTES = 8; // Milliseconds in 64 bits.
const DAY_MS = 86_400_000;

/**
 * The key of a snapshot: product (padded), expiry and timestamp (big-endian), always of one length. BSON
 * compares binaries of equal length byte by byte, so the keys of a chain are a contiguous range in time order.
 */
export function snapshotKey(product: string, expiry: string, timestamp: number): Buffer {
  const key = Buffer.alloc(PRODUCT_BYTES + EXPIRY_BYTES + TIME_BYTES);
  writeName(key, 0, PRODUCT_BYTES, product);
  writeName(key, PRODUCT_BYTES, EXPIRY_BYTES, expiry);
  key.writeBigUInt64BE(BigInt(timestamp), PRODUCT_BYTES + EXPIRY_BYTES);
  return key;
}

/** The key of a tick, in the same manner. */
export function tickKey(product: string, timestamp: number): Buffer {
  const key = Buffer.alloc(PRODUCT_BYTES + TIME_BYTES);
  writeName(key, 0, PRODUCT_BYTES, product);
  key.writeBigUInt64BE(BigInt(timestamp), PRODUCT_BYTES);
  return key;
}

function writeName(key: Buffer, at: number, length: number, name: string): void {
  if (Buffer.byteLength(name) > length) {
    throw new DeltaStreamError('malformed_message', `${name} is longer than ${length} bytes`, {
      permanent: true,
    });
  }
  key.write(name, at);
}

/** The UTC day of an instant, counted from 1970. */
export const dayOf = (timestamp: number): number => Math.floor(timestamp / DAY_MS);
/** Whether a day is over, and so may be removed by retention. */
export const isPast = (day: number): boolean => day < dayOf(Date.now());
export const startOfDay = (day: number): number => day * DAY_MS;

/** A collection holds one UTC day, so that retention drops entire collections. */
export function dayCollection(kind: 'snapshots' | 'ticks', day: number): string {
  const date = new Date(day * DAY_MS).toISOString().split('T')[0];
  return `${kind}_${date.replaceAll(/[-+]/g, '')}`;
}

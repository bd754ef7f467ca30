import type { Metered } from './metered.ts';

/**
 * Bytes by key with a time to live, for values that have a version (of market data, its timestamp).
 *
 * Guarantees, for every adapter (cache.contract.ts):
 * - A value never replaces one of a later version, nor one invalidated by a later version, so that a
 *   slow reader cannot put back what a writer has just replaced.
 * - Bounded in entries and bytes; the least recently used go first.
 */
export interface Cache extends Metered {
  /** Not a promise where no other process has to be asked. */
  get(key: string): Uint8Array | null | Promise<Uint8Array | null>;
  /** False when a later version is held or was invalidated. */
  setIfNewer(key: string, version: number, bytes: Uint8Array, ttlMs: number): Promise<boolean>;
  /** Drops what is held of this version or earlier, and refuses anything earlier for `ttlMs`. */
  invalidate(key: string, version: number, ttlMs: number): Promise<void>;
  close(): Promise<void>;
}

import type { Key } from '../messages.ts';

/** FNV-1a: from what a hash begins with, by key, and what it is multiplied with at each character. */
const BEGIN: Readonly<Record<Key, number>> = { trace_id: 0x811c9dc5, request_id: 0x811c9dc5 ^ 0x5bd1e995 };
const PRIME = 0x01000193;

/**
 * A value of a key in the index: 32 bits of it. Two values may have the same: a block is looked at in vain, and the value of
 * each line is compared.
 */
export function termOf(key: Key, value: string): number {
  let hash = BEGIN[key];
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), PRIME);
  return mixed(hash);
}

/** The same of a value in ASCII. */
export function termOfBytes(key: Key, bytes: Uint8Array, start: number, end: number): number {
  let hash = BEGIN[key];
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], PRIME);
  return mixed(hash);
}

/** Lets each bit depend on all: the end of MurmurHash3. */
function mixed(given: number): number {
  let hash = given ^ (given >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

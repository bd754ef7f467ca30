import { describe, expect, it } from 'vitest';
import type { Cache } from './cache.ts';

const MINUTE_MS = 60_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | null) => (value === null ? null : new TextDecoder().decode(value));

/** What every cache adapter must do. `open` resolves with an empty cache. */
export function cacheContract(name: string, open: () => Promise<Cache>): void {
  describe(`cache: ${name}`, () => {
    it('answers what was set, and null for what was not', async () => {
      const cache = await open();
      expect(await cache.setIfNewer('a', 1, bytes('one'), MINUTE_MS)).toBe(true);
      expect(text(await cache.get('a'))).toBe('one');
      expect(await cache.get('b')).toBeNull();
      await cache.close();
    });

    it('keeps the later version when an earlier one arrives late', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 2, bytes('two'), MINUTE_MS);
      expect(await cache.setIfNewer('a', 1, bytes('one'), MINUTE_MS)).toBe(false);
      expect(text(await cache.get('a'))).toBe('two');
      await cache.close();
    });

    it('replaces an equal version', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 1, bytes('one'), MINUTE_MS);
      expect(await cache.setIfNewer('a', 1, bytes('uno'), MINUTE_MS)).toBe(true);
      expect(text(await cache.get('a'))).toBe('uno');
      await cache.close();
    });

    it('refuses what is older than an invalidation, so a slow reader cannot put it back', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 1, bytes('one'), MINUTE_MS);
      await cache.invalidate('a', 2, MINUTE_MS);
      expect(await cache.get('a')).toBeNull();
      expect(await cache.setIfNewer('a', 1, bytes('one'), MINUTE_MS)).toBe(false);
      expect(await cache.get('a')).toBeNull();
      expect(await cache.setIfNewer('a', 2, bytes('two'), MINUTE_MS)).toBe(true);
      expect(text(await cache.get('a'))).toBe('two');
      await cache.close();
    });

    it('does not let a late invalidation drop a later value', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 2, bytes('two'), MINUTE_MS);
      await cache.invalidate('a', 1, MINUTE_MS);
      expect(text(await cache.get('a'))).toBe('two');
      await cache.close();
    });

    it('takes many invalidations at the same time, of one key in any order', async () => {
      const cache = await open();
      const keys = Array.from({ length: 600 }, (_, i) => `k${i}`);
      await Promise.all(keys.map((key) => cache.setIfNewer(key, 1, bytes(key), MINUTE_MS)));
      await Promise.all([
        ...keys.slice(1).map((key) => cache.invalidate(key, 1, MINUTE_MS)),
        ...[3, 5, 4].map((version) => cache.invalidate('k7', version, MINUTE_MS)),
      ]);
      expect(text(await cache.get('k0'))).toBe('k0');
      expect(await Promise.all(keys.slice(1).map((key) => cache.get(key)))).toEqual(
        keys.slice(1).map(() => null),
      );
      expect(await cache.setIfNewer('k7', 4, bytes('late'), MINUTE_MS)).toBe(false);
      expect(await cache.setIfNewer('k8', 1, bytes('same'), MINUTE_MS)).toBe(true);
      await cache.close();
    });

    it('forgets after the time to live', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 1, bytes('one'), 30);
      await expect.poll(() => cache.get('a')).toBeNull();
      await cache.close();
    });
  });
}

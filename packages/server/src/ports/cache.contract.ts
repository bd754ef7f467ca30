import { describe, expect, it } from 'vitest';
import type { Cache } from './cache.ts';

const MINUTE_MS = 60_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | null) => (value === null ? null : new TextDecoder().decode(value));

/** What every cache adapter must do. `open` answers an empty cache. */
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

    it('forgets after the time to live', async () => {
      const cache = await open();
      await cache.setIfNewer('a', 1, bytes('one'), 30);
      await expect.poll(() => cache.get('a'), { timeout: 2000 }).toBeNull();
      await cache.close();
    });
  });
}

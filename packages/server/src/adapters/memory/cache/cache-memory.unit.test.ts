import { expect, it } from 'vitest';
import { cacheContract } from '../../../ports/cache.contract.ts';
import { createMemoryCache } from './cache-memory.ts';

cacheContract('memory', async () => createMemoryCache());

it('evicts the least recently used beyond its bound of bytes', async () => {
  const cache = createMemoryCache({ maxBytes: 3000 });
  for (const key of ['a', 'b', 'c']) await cache.setIfNewer(key, 1, new Uint8Array(1000), 60_000);
  expect(await cache.get('a')).toBeNull();
  expect((await cache.get('c'))?.byteLength).toBe(1000);
});

import { describe, expect, it } from 'vitest';
import { browserLayouts } from './browser-layouts.ts';

const KEY = 'deltastream.workspaces';

function memoryStorage(stored?: string) {
  const values = new Map(stored === undefined ? [] : [[KEY, stored]]);
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

describe('workspaces in the browser', () => {
  it('are read as they were saved, by another tab too, and removed', async () => {
    const storage = memoryStorage();
    const store = browserLayouts(storage);
    expect(await store.read('Mine')).toBeNull();
    const { version } = await store.write('Mine', '1.chain', null);
    await store.write('Other', '1.smile', null);
    const tab = browserLayouts(storage);
    expect(await tab.names()).toEqual(['Mine', 'Other']);
    expect(await tab.read('Mine')).toEqual({ layout: '1.chain', version });
    await tab.remove('Mine', version);
    expect(await store.names()).toEqual(['Other']);
  });

  it('do not overwrite what another tab saved or deleted in between', async () => {
    const storage = memoryStorage();
    const [one, other] = [browserLayouts(storage), browserLayouts(storage)];
    const { version } = await one.write('Mine', '1.chain', null);
    const newer = await other.write('Mine', '1.smile', version);
    await expect(one.write('Mine', '1.surface', version)).rejects.toThrow('saved or deleted elsewhere');
    await expect(one.write('Mine', '1.surface', null)).rejects.toThrow('saved or deleted elsewhere');
    await expect(one.remove('Mine', version)).rejects.toThrow('saved or deleted elsewhere');
    expect(await one.read('Mine')).toEqual(newer);
    await other.remove('Mine', newer.version);
    await expect(one.write('Mine', '1.surface', newer.version)).rejects.toThrow('saved or deleted elsewhere');
  });

  it('say so where the storage is full or switched off', async () => {
    const store = browserLayouts({ getItem: () => null, setItem: () => {} });
    await expect(store.write('Mine', '1.chain', null)).rejects.toThrow('full or switched off');
  });

  it('are bounded', async () => {
    const store = browserLayouts(memoryStorage());
    for (let i = 0; i < 50; i++) await store.write(`Workspace ${i}`, '1', null);
    await expect(store.write('One more', '1', null)).rejects.toThrow('Delete one first');
    await expect(store.write('Workspace 1', '1.chain', 1)).resolves.toMatchObject({ version: 2 });
  });

  it.each(['', '{', 'null', '7', '[]', '{"a":1,"b":{"layout":3},"c":{"layout":"1","version":"x"}}'])(
    'are none for %s',
    async (stored) => {
      const store = browserLayouts(memoryStorage(stored));
      expect(await store.names()).toEqual([]);
      expect(await store.read('toString')).toBeNull();
    },
  );
});

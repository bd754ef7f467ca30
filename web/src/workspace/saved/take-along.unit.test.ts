import { expect, it } from 'vitest';
import { browserLayouts } from './browser-layouts.ts';
import type { LayoutStore } from './layout-store.ts';
import { takeAlong } from './take-along.ts';

/** A store in memory; that of an account keeps the same promises. */
function storeOf(): LayoutStore {
  const values = new Map<string, string>();
  return browserLayouts({
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
  });
}

async function filled(layouts: Readonly<Record<string, string>>): Promise<LayoutStore> {
  const store = storeOf();
  for (const [name, layout] of Object.entries(layouts)) await store.write(name, layout, null);
  return store;
}

async function all(store: LayoutStore): Promise<Record<string, string | undefined>> {
  const names = await store.names();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await store.read(name))?.layout] as const)),
  );
}

it('takes every workspace along, and leaves none in the browser', async () => {
  const [browser, account] = [await filled({ Desk: '1.chain', Expiry: '1.smile' }), storeOf()];
  expect(await takeAlong(browser, account)).toEqual([
    { from: 'Desk', to: 'Desk' },
    { from: 'Expiry', to: 'Expiry' },
  ]);
  expect(await all(account)).toEqual({ Desk: '1.chain', Expiry: '1.smile' });
  expect(await all(browser)).toEqual({});
});

it('replaces no workspace of the account, and makes no second of one that it has', async () => {
  const account = await filled({ Desk: '1.surface', 'Desk (browser)': '1.skew', Same: '1.smile' });
  const browser = await filled({ Desk: '1.chain', Same: '1.smile' });
  expect(await takeAlong(browser, account)).toEqual([
    { from: 'Desk', to: 'Desk (browser 2)' },
    { from: 'Same', to: 'Same' },
  ]);
  expect(await all(account)).toEqual({
    Desk: '1.surface',
    'Desk (browser)': '1.skew',
    'Desk (browser 2)': '1.chain',
    Same: '1.smile',
  });
});

it('finds a name that is not too long', async () => {
  const name = 'x'.repeat(60);
  const account = await filled({ [name]: '1.chain' });
  const [{ to }] = await takeAlong(await filled({ [name]: '1.smile' }), account);
  expect(to).toBe(`${'x'.repeat(50)} (browser)`);
});

it('keeps in the browser what the account did not take', async () => {
  const browser = await filled({ Desk: '1.chain', Expiry: '1.smile' });
  const account = storeOf();
  const full: LayoutStore = {
    ...account,
    async write(name, layout, replaces) {
      if (name === 'Expiry') throw new Error('The account holds 50 workspaces, which is the most.');
      return account.write(name, layout, replaces);
    },
  };
  await expect(takeAlong(browser, full)).rejects.toThrow('which is the most');
  expect(await all(account)).toEqual({ Desk: '1.chain' });
  expect(await all(browser)).toEqual({ Expiry: '1.smile' });
});

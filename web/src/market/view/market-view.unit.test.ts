import { expect, it } from 'vitest';
import { chainShown, type Expiry, type Product, refreshAfterMs } from './market-view.tsx';

it('asks for a list that lacks something soon, and ever later where it stays so', () => {
  expect([0, 1, 2, 3, 7, 10_000].map((tries) => refreshAfterMs(false, tries))).toEqual([
    500, 500, 1_000, 2_000, 30_000, 30_000,
  ]);
  expect(refreshAfterMs(true, 1)).toBe(30_000);
});

it('says what a product and an expiry stand for, whether a page names them or a panel is pinned to them', () => {
  const product = { product: 'BTC' } as Product;
  const expiry = (date: string): Expiry => ({
    expiry: date,
    expiry_at: `${date}T08:00:00.000Z`,
    first_timestamp: '2026-08-10T00:00:00.000Z',
    last_timestamp: '2026-08-20T00:00:00.000Z',
  });
  const known = {
    products: [product],
    stored: ['2026-08-18', '2026-08-25', '2026-09-29'].map(expiry),
    traded: new Set<string>(),
  };
  const shown = (expiry: string | null, at: string | null, of = 'BTC', replayedAt: string | null = null) => {
    const found = of === 'BTC' ? product : null;
    const stored = found ? known.stored : [];
    return chainShown({ product: of, expiry, at }, found, { ...known, stored, replayedAt });
  };
  expect(shown(null, null)).toMatchObject({ expiry: '2026-08-25', missing: null });
  expect(shown(null, '2026-08-17T00:00:00.000Z')).toMatchObject({ expiry: '2026-08-18', missing: null });
  expect(shown('2026-09-29', null)).toMatchObject({ expiry: '2026-09-29', missing: null });
  expect(shown('2026-08-18', null)).toMatchObject({
    expiry: null,
    missing: { kind: 'expiry', product: 'BTC' },
  });
  expect(shown(null, null, 'ETH')).toMatchObject({
    expiry: null,
    missing: { kind: 'product', product: 'ETH' },
  });
  // What the server replays is of its recorded time, which an instant in the address goes before.
  const replayedAt = '2026-08-17T00:00:00.000Z';
  expect(shown(null, null, 'BTC', replayedAt)).toMatchObject({
    ...{ expiry: '2026-08-18', at: null, storedAt: replayedAt },
  });
  const at = '2026-08-19T00:00:00.000Z';
  expect(shown(null, at, 'BTC', replayedAt)).toMatchObject({ expiry: '2026-08-25', at, storedAt: at });
});

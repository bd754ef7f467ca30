import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatPanelId, parsePanelId } from './panel-id.ts';

const symbol = fc.stringMatching(/^[A-Z0-9][A-Z0-9._&-]{0,23}$/);
const expiry = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

it('writes a pinned panel so that an address escapes nothing of it, and reads it again', () => {
  fc.assert(
    fc.property(symbol, fc.option(expiry), (product, expiry) => {
      const id = { panel: 'oi-profile', pin: { product, expiry } };
      const text = formatPanelId(id);
      expect(text).toMatch(/^[A-Za-z0-9*-]+$/);
      expect(new URLSearchParams({ id: text }).toString()).toBe(`id=${text}`);
      expect(parsePanelId(text)).toEqual(id);
    }),
  );
  const pinned = (product: string) => formatPanelId({ panel: 'chain', pin: { product, expiry: null } });
  expect(['BTC_USDC', 'M&M', 'BAJAJ-AUTO'].map(pinned)).toEqual([
    'chain*BTC-5fUSDC',
    'chain*M-26M',
    'chain*BAJAJ--AUTO',
  ]);
  expect(parsePanelId('chain')).toEqual({ panel: 'chain', pin: null });
});

it.each([
  '',
  'Chain',
  'chain*',
  'chain*btc',
  'chain*-42TC',
  'chain*A-2',
  'chain*BTC*',
  'chain*BTC*2026-02-30',
])('takes %j for no panel, so that each has one spelling', (text) => expect(parsePanelId(text)).toBeNull());

it('takes more than a product and an expiry for no panel', () => {
  expect(parsePanelId('chain*BTC*2026-12-25*ETH')).toBeNull();
});

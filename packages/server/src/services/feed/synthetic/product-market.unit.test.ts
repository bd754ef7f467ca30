import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { IV_STATUS, impliedVolatility, yearFraction } from '@deltastream/quant';
import type { UnstampedChain } from '@deltastream/recordings/source';
import { expiryInstant } from '@deltastream/reference';
import { describe, expect, it } from 'vitest';
import { fairPremiums } from './chain-quotes.ts';
import { createProductMarket } from './product-market.ts';
import { createRandom } from './random.ts';
import { smileVolatility, totalVariance } from './smile.ts';
import { syntheticProduct } from './synthetic-config.ts';
import { PRESETS, type Preset } from './synthetic-settings.ts';

/** A Wednesday, at the opening of NSE. */
const START = Date.parse('2026-08-19T03:45:00.000Z');
const MINUTE = 60_000;
const SESSION_MINUTES = 385;

const market = (symbol: string, preset: Preset = 'usual', hours: 'always' | 'exchange' = 'always') =>
  createProductMarket(
    syntheticProduct(symbol, { preset }),
    { startMs: START, expiries: 3, strikes: 40, hours },
    createRandom(1),
    null,
  );

const strikesOf = ({ columns }: Pick<RawChain, 'columns'>) => column(columns, 'strike');

/** The chains of a day, minute by minute, each with what its quotes are made of. */
function* day(symbol: string, preset: Preset) {
  const made = market(symbol, preset);
  for (let minute = 0; minute < SESSION_MINUTES; minute++) {
    const atMs = START + minute * MINUTE;
    yield Array.from({ length: made.expiries(atMs) }, (_, n) => ({
      chain: made.chain(atMs, n),
      view: made.view(atMs, n),
    }));
  }
}

const termsOf = (chain: UnstampedChain) => ({
  expiryAt: chain.expiry_at,
  strikeStep: 50,
  lotSize: chain.lot_size ?? 1,
});

describe('a day of a generated market', () => {
  it.each(PRESETS)('%s: has no butterfly and no calendar arbitrage at any snapshot', (preset) => {
    let checked = 0;
    for (const snapshot of day('NIFTY', preset)) {
      for (const { chain, view } of snapshot) {
        const strikes = strikesOf(chain);
        const calls = Array.from(strikes, (level) => fairPremiums(level, termsOf(chain), view)[0]);
        for (let i = 1; i < calls.length - 1; i++) {
          expect(calls[i]).toBeLessThanOrEqual(calls[i - 1]);
          // Even steps: the butterfly's price. Its rounding error is that of a difference of prices.
          expect(calls[i - 1] - 2 * calls[i] + calls[i + 1]).toBeGreaterThanOrEqual(-1e-9);
          checked++;
        }
      }
      for (let n = 1; n < snapshot.length; n++) {
        for (const k of [-0.2, -0.05, 0, 0.05, 0.2]) {
          const [near, far] = [snapshot[n - 1], snapshot[n]].map(({ chain, view }) =>
            totalVariance(view.smile, k, yearFraction(chain.timestamp, chain.expiry_at)),
          );
          expect(far).toBeGreaterThanOrEqual(near * (1 - 1e-12));
        }
      }
    }
    expect(checked).toBeGreaterThan(30_000);
  });

  it('gives back, before rounding, the volatility it was made with, to 1e-9', () => {
    let checked = 0;
    for (const snapshot of day('NIFTY', 'usual')) {
      for (const { chain, view } of snapshot) {
        const years = yearFraction(chain.timestamp, chain.expiry_at);
        for (const level of strikesOf(chain)) {
          const [call, put] = fairPremiums(level, termsOf(chain), view);
          const sign = level >= view.forward ? 1 : -1;
          const sigma = smileVolatility(view.smile, Math.log(level / view.forward), years);
          const premium = sign === 1 ? call : put;
          // Below, a double has no digits left that tell two volatilities apart.
          if (premium < 1e-6 * view.forward) continue;
          const { iv, status } = impliedVolatility(premium, view.forward, level, years, 1, sign);
          expect(status).toBe(IV_STATUS.ok);
          expect(Math.abs(iv - sigma)).toBeLessThan(1e-9);
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(30_000);
  });

  it('moves its smile with spot: volatility rises as prices fall', () => {
    const moves: { spot: number; volatility: number }[] = [];
    let last: { spot: number; volatility: number } | null = null;
    for (const [{ chain, view }] of day('NIFTY', 'usual')) {
      const now = { spot: Math.log(chain.spot as number), volatility: Math.log(view.smile.volatility) };
      if (last) moves.push({ spot: now.spot - last.spot, volatility: now.volatility - last.volatility });
      last = now;
    }
    expect(moves.reduce((sum, { spot, volatility }) => sum + spot * volatility, 0)).toBeLessThan(0);
  });

  it('makes all four build-ups', () => {
    const found = new Set<string>();
    for (const snapshot of day('NIFTY', 'usual')) {
      const { columns } = snapshot[0].chain;
      for (const side of SIDES) {
        const [last, close, change] = (['last', 'previous_close', 'open_interest_change'] as const).map(
          (name) => column(columns, `${side}_${name}`),
        );
        for (let i = 0; i < columns.count; i++) {
          if (change[i] !== 0 && last[i] !== close[i]) {
            found.add(
              `price ${last[i] > close[i] ? 'up' : 'down'}, interest ${change[i] > 0 ? 'up' : 'down'}`,
            );
          }
        }
      }
    }
    expect([...found].sort()).toEqual([
      'price down, interest down',
      'price down, interest up',
      'price up, interest down',
      'price up, interest up',
    ]);
  });

  it('trades most and is widest at the opening', () => {
    const volumes: number[] = [];
    const spreads: number[] = [];
    for (const [{ chain }] of day('NIFTY', 'usual')) {
      const [volume, bid, ask] = (['volume', 'bid', 'ask'] as const).map((name) =>
        column(chain.columns, `call_${name}`),
      );
      volumes.push(volume.reduce((sum, value) => sum + value, 0));
      const middle = chain.columns.count >> 1;
      spreads.push(ask[middle] - bid[middle]);
    }
    const traded = (from: number, until: number) => volumes[until] - volumes[from];
    expect(traded(0, 60)).toBeGreaterThan(1.2 * traded(160, 220));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(spreads.slice(0, 5))).toBeGreaterThan(1.2 * mean(spreads.slice(150, 200)));
  });
});

describe('a market that keeps the hours of its exchange', () => {
  it('freezes its spot in the closing auction, flags it, and trades its options on', () => {
    const made = market('NIFTY', 'usual', 'exchange');
    const at = (time: string) => Date.parse(`2026-08-19T${time}:00+05:30`);
    expect(made.tick(at('15:10')).quality).toEqual([]);
    const before = made.tick(at('15:16'));
    const forward = made.chain(at('15:16'), 0).future;
    const after = made.tick(at('15:25'));
    const chain = made.chain(at('15:25'), 0);
    expect(before.quality).toEqual(['spot_frozen']);
    expect(after.price).toBe(before.price);
    expect(chain).toMatchObject({ spot: before.price, quality: ['spot_frozen'] });
    expect(chain.future).not.toBe(forward);
    expect(made.tick(at('15:38')).quality).toEqual([]);
    expect(made.tick(at('15:38')).price).not.toBe(before.price);
  });
});

it('lists an expiry that ends with the session on an expiry day', () => {
  const made = market('NIFTY', 'expiry-day');
  const { expiry, expiry_at } = made.chain(START, 0);
  expect(expiry).toBe('2026-08-19');
  expect(expiry_at).toBe(expiryInstant('NSE', '2026-08-19'));
  const next = made.chain(expiry_at + MINUTE, 0);
  expect(next.expiry).toBe('2026-08-20');
});

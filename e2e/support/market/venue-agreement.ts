import { expect } from 'vitest';
import { getJson } from '../clients/rest.ts';
import { CBOE, csv, isoDate, SPY, unzipped } from './recorded-contracts.ts';

/** What a venue publishes of one contract out of the money and traded at more than a few ticks. */
interface Reference {
  readonly product: string;
  readonly expiry: string;
  readonly strike: number;
  readonly side: 'calls' | 'puts';
  readonly iv: number;
  readonly delta: number | null;
}

const DAY_MS = 86_400_000;
const LEAST_PREMIUM = 0.5;

/** CBOE's figures of contracts that expire within 60 days of 10 June 2022. */
export function cboeReference(): Reference[] {
  return csv(unzipped(CBOE))
    .slice(3)
    .flatMap((cells) => {
      const strike = Number(cells[11]);
      const start = strike > 3909 ? 0 : 11;
      const days = (Date.parse(`${cells[0]} UTC`) - Date.UTC(2022, 5, 10)) / DAY_MS;
      const liquid = Number(cells[start + 4]) >= LEAST_PREMIUM && Number(cells[start + 7]) > 0.01;
      if (!liquid || days < 3 || days > 60 || Math.abs(Math.log(strike / 3909)) > 0.1) return [];
      return [
        {
          product: cells[1].startsWith('SPXW') ? 'SPXW' : 'SPX',
          expiry: isoDate(cells[0]),
          strike,
          side: start === 0 ? ('calls' as const) : ('puts' as const),
          iv: Number(cells[start + 7]),
          delta: Number(cells[start + 8]),
        },
      ];
    });
}

/** Yahoo's volatilities of contracts that expire in a week or more; it counts full days, which is too coarse before. */
export function yahooReference(): Reference[] {
  return csv(unzipped(SPY))
    .slice(1)
    .flatMap(([, expiry, type, strike, , bid, , , , iv]) => {
      const call = type === 'C';
      const out = call ? Number(strike) > 776 : Number(strike) < 776;
      const days = (Date.parse(expiry) - Date.UTC(2026, 7, 13)) / DAY_MS;
      if (!out || days < 7 || Number(bid) < LEAST_PREMIUM || Number(iv) < 0.01) return [];
      if (Math.abs(Math.log(Number(strike) / 776)) > 0.1) return [];
      return [
        {
          product: 'SPY',
          expiry,
          strike: Number(strike),
          side: call ? 'calls' : 'puts',
          iv: Number(iv),
          delta: null,
        },
      ];
    });
}

interface Chain {
  readonly strikes: number[];
  readonly calls: ({ iv: number | null; delta: number | null } | null)[];
  readonly puts: Chain['calls'];
}

/** Prints how far our volatility and delta are from the venue's, and bounds the median and the 95th percentile. */
export async function agreesWithVenue(
  url: string,
  file: string,
  references: readonly Reference[],
): Promise<void> {
  const chains = new Map<string, Chain>();
  const ivs: number[] = [];
  const deltas: number[] = [];
  for (const { product, expiry, strike, side: leg, iv, delta } of references) {
    const key = `${product}?expiry=${expiry}`;
    const chain = chains.get(key) ?? (await getJson<Chain>(`${url}/api/data/chain/${key}`));
    chains.set(key, chain);
    const ours = chain[leg][chain.strikes.indexOf(strike)];
    expect(ours?.iv, `${key} ${leg} ${strike}`).not.toBeNull();
    ivs.push(Math.abs((ours?.iv ?? Number.NaN) - iv));
    if (delta !== null) deltas.push(Math.abs((ours?.delta ?? Number.NaN) - delta));
  }
  const at = (values: number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
  const shown = (values: number[]) =>
    `median ${at(values, 0.5).toFixed(5)}, 95% ${at(values, 0.95).toFixed(5)}`;
  process.stdout.write(`${file}: ${ivs.length} contracts, IV off by ${shown(ivs)}\n`);
  expect(ivs.length).toBeGreaterThan(500);
  expect(at(ivs, 0.5)).toBeLessThan(0.01);
  expect(at(ivs, 0.95)).toBeLessThan(0.03);
  if (deltas.length === 0) return;
  process.stdout.write(`${file}: ${deltas.length} contracts, delta off by ${shown(deltas)}\n`);
  expect(at(deltas, 0.5)).toBeLessThan(0.005);
  expect(at(deltas, 0.95)).toBeLessThan(0.02);
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76Price,
  createSliceGreeks,
  IV_STATUS,
  parityForward,
  solveSlice,
  yearFraction,
} from '../src/index.ts';
import { dataPath } from './reference-data.ts';

const deribit = dataPath('deribit/deribit_options_snapshots_2026-01.tar.xz');
const cboe = dataPath('us/cboe_spx_quotedata_2022-06-11.csv.gz');

function extract(archive: string): string | null {
  try {
    return execFileSync('tar', ['-xJOf', archive], {
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    process.stderr.write('skipped: no tar with xz on this machine\n');
    return null;
  }
}

const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(q * values.length)];

describe('recorded chains', () => {
  const text = deribit === null ? null : extract(deribit);

  test.skipIf(text === null)('Deribit: the mark price follows from the mark volatility, and back', () => {
    const priceErrors: number[] = [];
    const ivErrors: number[] = [];
    let header: string[] = [];
    for (const line of (text ?? '').split('\n')) {
      if (line.startsWith('timestamp')) {
        header = line.split(',');
        continue;
      }
      const cells = line.split(',');
      const cell = (name: string) => cells[header.indexOf(name)];
      if (cells.length < header.length) continue;
      const [forward, strike, sigma, mark] = [
        'futures_price',
        'strike',
        'implied_volatility',
        'mark_price',
      ].map((name) => Number(cell(name)));
      const side = cell('option_type') === 'call' ? 1 : -1;
      const time = yearFraction(Date.parse(cell('timestamp')), Date.parse(cell('expiry_datetime')));
      // In the money the mark moves one for one with a future that was read at another instant.
      if (!(time > 0) || side * (forward - strike) > 0) continue;
      const price = black76Price(forward, strike, time, sigma, 1, side);
      priceErrors.push(Math.abs(price / forward - mark));
      const out = createSliceGreeks(1);
      const slice = {
        forward,
        yearFraction: time,
        discountFactor: 1,
        strikes: Float64Array.of(strike),
        sides: Int8Array.of(side),
        prices: Float64Array.of(mark * forward),
      };
      solveSlice(slice, out);
      if (out.status[0] === IV_STATUS.ok && mark > 0.001) ivErrors.push(Math.abs(out.iv[0] - sigma));
    }
    expect(priceErrors.length).toBeGreaterThan(80_000);
    expect(quantile(priceErrors, 0.5)).toBeLessThan(5e-6);
    expect(quantile(priceErrors, 0.99)).toBeLessThan(1e-4);
    expect(quantile(ivErrors, 0.5)).toBeLessThan(2e-4);
  });

  test.skipIf(text === null)('Deribit: delta and vega are those of the venue, at the forward it took', () => {
    const share = { rows: 0, deltaRounding: 0, delta: 0, middle: 0, vegaRounding: 0, vega: 0 };
    let header: string[] = [];
    for (const line of (text ?? '').split('\n')) {
      const cells = line.split(',');
      if (line.startsWith('timestamp')) header = cells;
      if (line.startsWith('timestamp') || cells.length < header.length) continue;
      const cell = (name: string) => cells[header.indexOf(name)];
      const [forward, strike, sigma, delta, vega] = [
        'futures_price',
        'strike',
        'implied_volatility',
        'delta',
        'vega',
      ].map((name) => Number(cell(name)));
      const side = cell('option_type') === 'call' ? 1 : -1;
      const time = yearFraction(Date.parse(cell('timestamp')), Date.parse(cell('expiry_datetime')));
      if (!(time > 0 && sigma > 0)) continue;
      const at = (level: number, iv = sigma) => black76Greeks(level, strike, time, iv, 1, side);
      share.rows++;
      // Printed to 1e-5, of a volatility printed to 1e-4.
      const ivStep = Math.abs(at(forward, sigma + 5e-5).delta - at(forward).delta);
      const off = Math.abs(at(forward).delta - delta);
      if (off <= 5.05e-6 + ivStep) share.deltaRounding++;
      if (off <= 1e-3) share.delta++;
      // Greeks and futures price are of different instants: the forward that gives their delta must give their vega.
      const ofCall = side === 1 ? delta : 1 + delta;
      if (!(ofCall > 0.02 && ofCall < 0.98)) continue;
      share.middle++;
      let [low, high] = [0.8 * forward, 1.25 * forward];
      for (let i = 0; i < 32; i++) {
        const level = 0.5 * (low + high);
        if (at(level).delta < delta) low = level;
        else high = level;
      }
      const found = at(low);
      const step = 5e-6 / found.gamma;
      const rounding =
        Math.abs(at(low + step).vega - found.vega) + Math.abs(at(low, sigma + 5e-5).vega - found.vega);
      const vegaOff = Math.abs(found.vega / 100 - vega);
      if (vegaOff <= 5.05e-6 + rounding / 100) share.vegaRounding++;
      if (vegaOff <= 1e-3 * vega) share.vega++;
    }
    const percent = (count: number, of: number) => `${((100 * count) / of).toFixed(1)} %`;
    const { rows, middle } = share;
    process.stdout.write(
      `Deribit, January 2026: delta at the recorded futures price within rounding for ${percent(share.deltaRounding, rows)}, ` +
        `within 0.001 for ${percent(share.delta, rows)} of ${rows}; vega at the forward of the venue's delta within rounding ` +
        `for ${percent(share.vegaRounding, middle)}, within 0.1 % for ${percent(share.vega, middle)} of ${middle}.\n`,
    );
    expect(rows).toBeGreaterThan(160_000);
    expect(share.delta / rows).toBeGreaterThan(0.8);
    expect(share.vega / middle).toBeGreaterThan(0.97);
  });

  test.skipIf(cboe === null)(
    "CBOE SPX 2022: gammas and deltas within what the file's own rounding and forward allow",
    () => {
      const lines = gunzipSync(readFileSync(cboe ?? ''))
        .toString('utf8')
        .split(/\r?\n/)
        .slice(4);
      const expiries = Map.groupBy(
        lines.filter((line) => line !== '').map((line) => line.split(',')),
        (cells) => `${cells[0]} ${cells[1].slice(0, 4)}`,
      );
      const gammaErrors: number[] = [];
      const deltaErrors: number[] = [];
      for (const [key, rows] of expiries) {
        const time = yearFraction(
          Date.parse('2022-06-10T16:15:00-04:00'),
          Date.parse(`${key.slice(4, 15)} 16:00:00 EDT`),
        );
        // The file states neither clock nor forward; over a month to a year the first hardly matters.
        if (!(time > 0.1 && time < 1)) continue;
        const column = (k: number) => Float64Array.from(rows, (cells) => Number(cells[k]));
        const mid = (bid: number, ask: number) =>
          Float64Array.from(rows, (cells) =>
            Number(cells[bid]) > 0 ? (Number(cells[bid]) + Number(cells[ask])) / 2 : Number.NaN,
          );
        const parity = parityForward({
          strikes: column(11),
          callMid: mid(4, 5),
          putMid: mid(15, 16),
          discountFactor: 1,
        });
        if (parity === null) throw new Error(`no forward for ${key}`);
        for (const cells of rows) {
          const [iv, delta, gamma, strike] = [7, 8, 9, 11].map((k) => Number(cells[k]));
          if (!(iv > 0.02 && delta > 0.02 && delta < 0.98)) continue;
          const greeks = black76Greeks(parity.forward, strike, time, iv, 1, 1);
          gammaErrors.push(Math.abs(greeks.gamma - gamma));
          deltaErrors.push(Math.abs(greeks.delta - delta));
        }
      }
      const within = (errors: number[], most: number) =>
        `${((100 * errors.filter((each) => each <= most).length) / errors.length).toFixed(1)} %`;
      process.stdout.write(
        `CBOE, June 2022: gamma within its rounding of 5e-5 for ${within(gammaErrors, 5.05e-5)} of ${gammaErrors.length}, ` +
          `delta within 0.01 for ${within(deltaErrors, 1e-2)}.\n`,
      );
      expect(gammaErrors.length).toBeGreaterThan(3900);
      // Gammas are printed to 1e-4: half a unit, and a little for the forward.
      expect(quantile(gammaErrors, 0.99)).toBeLessThan(6e-5);
      expect(Math.max(...gammaErrors)).toBeLessThan(1e-4);
      // The file's deltas are not Black's of its own volatilities: call and put of a strike disagree by as much.
      expect(quantile(deltaErrors, 0.5)).toBeLessThan(1.5e-3);
      expect(Math.max(...deltaErrors)).toBeLessThan(1e-2);
    },
  );
});

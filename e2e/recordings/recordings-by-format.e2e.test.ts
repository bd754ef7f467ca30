import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { getJson } from '../support/clients/rest.ts';
import { bruteForce, type Contract } from '../support/market/brute-force.ts';
import {
  CBOE,
  DERIBIT,
  expectedOf,
  NIFTY_MAY,
  SPY,
  UDIFF,
  UPSTOX,
} from '../support/market/recorded-contracts.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';
import { replayed, summaries } from '../support/market/replayed.ts';
import { agreesWithVenue, cboeReference, yahooReference } from '../support/market/venue-agreement.ts';

const GOOG = 'us/lean_goog_2015-12-24';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  [UPSTOX]: ['--recorded-at', '2024-06-20T10:15:00+05:30'],
};

describe.runIf(haveRecordings)('recordings of every other format', () => {
  it.each([
    [NIFTY_MAY, 71],
    [SPY, 16],
    [CBOE, 49],
    [UDIFF, 2],
    [UPSTOX, 1],
    [DERIBIT, 4],
  ])('%s: every chain equals brute force, nothing is dead-lettered', async (file, chains) => {
    const expected = expectedOf(file);
    expect(expected.size).toBe(chains);
    await replayed(
      file,
      async (url, output) => {
        expect(output).toMatch(/Dead letters\s+0/);
        let checked = 0;
        for (const pair of new Set([...expected.keys()].map((key) => key.split(' ', 2).join(' ')))) {
          const [product, expiry] = pair.split(' ');
          for (const summary of await summaries(url, product, expiry)) {
            const contracts = expected.get(`${pair} ${summary.timestamp}`);
            expect(contracts, `${pair} ${summary.timestamp}`).toBeDefined();
            expect(summary).toMatchObject(bruteForce(contracts as Contract[]));
            checked += 1;
          }
        }
        expect(checked).toBe(expected.size);
        if (file === CBOE) await agreesWithVenue(url, file, cboeReference());
        if (file === SPY) await agreesWithVenue(url, file, yahooReference());
      },
      FLAGS[file],
    );
  });

  it('Lean: every minute with a bar is a chain, its totals are those of the files beside', async () => {
    await replayed(`${GOOG}/20151224_quote_american.zip`, async (url, output) => {
      expect(output).toMatch(/Dead letters\s+0/);
      const members = (kind: string, pattern: string): string[] => {
        const zip = recording(`${GOOG}/20151224_${kind}_american.zip`);
        try {
          return execFileSync('unzip', ['-p', zip, pattern], { maxBuffer: 1e8, stdio: 'pipe' })
            .toString()
            .split(/\r?\n/)
            .filter((line) => line !== '');
        } catch {
          return [];
        }
      };
      const sum = (lines: string[]) =>
        lines.reduce((total, line) => total + Number(line.split(',').at(-1)), 0);
      const sumOrNull = (lines: string[]) => (lines.length === 0 ? null : sum(lines));
      const { expiries } = await getJson<{ expiries: { expiry: string }[] }>(`${url}/api/data/expiries/GOOG`);
      expect(expiries.length).toBeGreaterThan(5);
      let stored = 0;
      for (const { expiry } of expiries) {
        const chains = await summaries(url, 'GOOG', expiry);
        const day = expiry.replaceAll('-', '');
        const bars = [...members('quote', `*_${day}.csv`), ...members('trade', `*_${day}.csv`)];
        expect(chains.length).toBe(new Set(bars.map((line) => line.split(',', 1)[0])).size);
        expect(chains.at(-1)).toMatchObject({
          total_call_oi: sumOrNull(members('openinterest', `*_call_*_${day}.csv`)),
          total_put_oi: sumOrNull(members('openinterest', `*_put_*_${day}.csv`)),
          total_call_volume: sum(members('trade', `*_call_*_${day}.csv`)),
          total_put_volume: sum(members('trade', `*_put_*_${day}.csv`)),
        });
        stored += chains.length;
      }
      process.stdout.write(`GOOG: ${stored} chains of ${expiries.length} expiries\n`);
    });
  });
});

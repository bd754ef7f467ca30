import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { getJson } from '../support/clients/rest.ts';
import { bruteForce, type Contract } from '../support/market/brute-force.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';
import { replayed, summaries } from '../support/market/replayed.ts';

const isoDate = (text: string) => new Date(`${text} UTC`).toISOString().slice(0, 10);

describe.runIf(haveRecordings)('recordings, replayed at full speed', () => {
  it('minute CSV: every snapshot equals brute force', async () => {
    const lines = gunzipSync(readFileSync(recording('nse/nifty_chain_20260819.csv.gz')))
      .toString()
      .trim()
      .split('\n');
    const expected = new Map<string, Contract[]>();
    for (const line of lines.slice(1)) {
      const [stamp, expiry, strike, side, , , volume, openInterest] = line.split(',');
      const minute = `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}T${stamp.slice(8, 10)}:${stamp.slice(10, 12)}`;
      const key = `${isoDate(expiry)} ${new Date(`${minute}:00+05:30`).toISOString()}`;
      const contracts = expected.get(key) ?? [];
      contracts.push({
        strike: Number(strike),
        side: side as Contract['side'],
        openInterest: Number(openInterest),
        volume: Number(volume),
      });
      expected.set(key, contracts);
    }
    await replayed('nse/nifty_chain_20260819.csv.gz', async (url) => {
      const { expiries } = await getJson<{ expiries: { expiry: string }[] }>(
        `${url}/api/data/expiries/NIFTY`,
      );
      let checked = 0;
      for (const { expiry } of expiries) {
        for (const summary of await summaries(url, 'NIFTY', expiry)) {
          const contracts = expected.get(`${expiry} ${summary.timestamp}`);
          expect(contracts, `${expiry} ${summary.timestamp}`).toBeDefined();
          expect(summary).toMatchObject(bruteForce(contracts as Contract[]));
          checked += 1;
        }
      }
      expect(checked).toBe(expected.size);
      expect(checked).toBe(408);
    });
  });

  it('NSE API JSON: every expiry equals brute force, and the nearest equals the totals NSE published', async () => {
    const file = recording('nse/rajilesh_BANKNIFTY_nseapi_2021-05-18.json.gz');
    const page = JSON.parse(gunzipSync(readFileSync(file)).toString());
    const expected = new Map<string, Contract[]>();
    for (const row of page.records.data) {
      const contracts = expected.get(isoDate(row.expiryDate)) ?? [];
      for (const side of ['CE', 'PE'] as const) {
        const leg = row[side];
        if (!leg) continue;
        const { openInterest, totalTradedVolume: volume } = leg;
        contracts.push({ strike: row.strikePrice, side, openInterest, volume });
      }
      expected.set(isoDate(row.expiryDate), contracts);
    }
    await replayed('nse/rajilesh_BANKNIFTY_nseapi_2021-05-18.json.gz', async (url) => {
      expect(expected.size).toBe(12);
      for (const [expiry, contracts] of expected) {
        const [summary, ...more] = await summaries(url, 'BANKNIFTY', expiry);
        expect(more).toEqual([]);
        expect(summary, expiry).toMatchObject(bruteForce(contracts));
      }
      const [nearest] = await summaries(url, 'BANKNIFTY', isoDate(page.records.expiryDates[0]));
      expect(nearest).toMatchObject({
        total_call_oi: page.filtered.CE.totOI,
        total_put_oi: page.filtered.PE.totOI,
        total_call_volume: page.filtered.CE.totVol,
        total_put_volume: page.filtered.PE.totVol,
      });
    });
  });
});

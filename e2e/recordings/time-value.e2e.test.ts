import { column, contractPrice, type EnrichedChain, IV_STATUSES, SIDES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../packages/recordings/src/index.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';

const RECORDINGS = [
  'nse/NIFTY_chain_snapshots_2018-10_2019-06.tar.xz',
  'nse/karthik_NIFTY_2026-05-26_1min_nseweb_csv.tar.xz',
  'nse/nifty_chain_20260819.csv.gz',
  'nse/rajilesh_BANKNIFTY_nseapi_2021-05-18.json.gz',
  'deribit/deribit_options_snapshots_2026-01.tar.xz',
  'us/cboe_spx_quotedata_2022-06-11.csv.gz',
  'us/2026-08-12_SPY.csv.gz',
  'us/lean_goog_2015-12-24/20151224_quote_american.zip',
];
const OK = IV_STATUSES.indexOf('ok');

describe.skipIf(!haveRecordings)('time value on every recording', () => {
  it.each(RECORDINGS)('%s: no volatility in the money from less than a tick', async (name) => {
    const enrich = createChainEnricher({ rate: 0 });
    const count = { chains: 0, ok: 0, withinTick: 0 };
    for await (const item of await openRecording(recording(name))) {
      if (item.kind !== 'chain') continue;
      count.chains++;
      for (const timeValue of inTheMoneyTimeValues(enrich(item.chain))) {
        count.ok++;
        if (timeValue < 0) count.withinTick++;
      }
    }
    process.stdout.write(`${name}: ${JSON.stringify(count)}\n`);
    expect(count.ok).toBeGreaterThan(500);
    expect(count.withinTick).toBe(0);
  });
});

/** Price less intrinsic value less the tick, of every contract in the money that has a volatility of its own. */
function* inTheMoneyTimeValues({ columns, summary, price_tick }: EnrichedChain): Generator<number> {
  const { forward } = summary;
  if (forward === null) return;
  const strikes = column(columns, 'strike');
  for (const side of SIDES) {
    const [bid, ask, last, mark, status] = (['bid', 'ask', 'last', 'mark', 'iv_status'] as const).map(
      (name) => column(columns, `${side}_${name}`),
    );
    for (let i = 0; i < strikes.length; i++) {
      const intrinsic = side === 'call' ? forward - strikes[i] : strikes[i] - forward;
      if (intrinsic <= 0 || status[i] !== OK) continue;
      yield contractPrice(bid[i], ask[i], last[i], mark[i], price_tick) - intrinsic - (price_tick ?? 0);
    }
  }
}

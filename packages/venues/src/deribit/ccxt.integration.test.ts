import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { chainSaying, sourceOf } from '../simulators/chains.fixture.ts';
import { marketOf } from '../simulators/simulated-market.ts';
import { createDeribitSimulator } from './simulator/deribit-simulator.ts';
import { DERIBIT_RATES } from './simulator/rate-limit.ts';
import { deribitId } from './simulator/wire-values.ts';

/** An interpreter with `pip install ccxt`, a client of many venues. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('ccxt_client.py', import.meta.url));
const havePython = spawnSync(PYTHON, ['-c', 'import ccxt.pro'], { stdio: 'ignore' }).status === 0;
if (!havePython) {
  process.stdout.write(
    'Skipped: ccxt (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

const AT = Date.parse('2026-01-20T09:00:00Z');
const CALL = 'BTC-30JAN26-95000-C';
const FORWARD = 90_000;

const chainAt = (seconds: number, bid: number) =>
  chainSaying({
    timestamp: AT + seconds * 1000,
    spot: 89_900,
    future: FORWARD,
    strikes: {
      95000: [
        {
          bid: bid * FORWARD,
          bid_size: 3,
          ask: 0.021 * FORWARD,
          ask_size: 5,
          last: 0.0195 * FORWARD,
          mark: 0.0205 * FORWARD,
          open_interest: 12.5,
          volume: 2.5,
        },
        { mark: 0.07 * FORWARD },
      ],
    },
  });

describe.runIf(havePython)('ccxt', () => {
  test('reads markets, tickers, the book and greeks over HTTP, and tickers over a WebSocket', async () => {
    const chains = Array.from({ length: 400 }, (_, i) => chainAt(i, i % 2 === 0 ? 0.02 : 0.0205));
    const market = await marketOf(sourceOf(chains), { idOf: deribitId });
    // Each of its clients lists the instruments at its start.
    const rates = { ...DERIBIT_RATES, instruments: { capacity: 3, perSecond: 1 } };
    const simulator = await createDeribitSimulator(market, { rates });
    try {
      const reading = promisify(execFile)(PYTHON, [SCRIPT, simulator.url, CALL], { timeout: 120_000 });
      // The second ticker that it waits for is of a change; the first may come before the playing begins or after.
      const playing = setInterval(() => simulator.connections() > 0 && market.step(), 100);
      const { stdout } = await reading.finally(() => clearInterval(playing));
      const { http, tickers } = JSON.parse(stdout);
      expect(http.markets).toBe(2);
      expect(http.market).toEqual({
        symbol: 'BTC/USD:BTC-260130-95000-C',
        base: 'BTC',
        settle: 'BTC',
        strike: 95_000,
        optionType: 'call',
        expiry: Date.parse('2026-01-30T08:00:00Z'),
        contractSize: 1,
        inverse: true,
        linear: false,
        option: true,
        active: true,
      });
      const ticker = {
        bid: 0.02,
        bidVolume: 3,
        ask: 0.021,
        askVolume: 5,
        last: 0.0195,
        markPrice: 0.0205,
        baseVolume: 2.5,
      };
      expect(http.ticker).toMatchObject({ ...ticker, timestamp: AT, indexPrice: 89_900 });
      expect(http.tickers).toMatchObject({ bid: 0.02, ask: 0.021, last: 0.0195, markPrice: 0.0205 });
      expect(http.book).toMatchObject({ bids: [[0.02, 3]], asks: [[0.021, 5]], timestamp: AT });
      expect(http.greeks).toMatchObject({ underlyingPrice: FORWARD, bidPrice: 0.02, markPrice: 0.0205 });
      expect(http.greeks.delta).toBeGreaterThan(0);
      expect(http.greeks.delta).toBeLessThan(1);
      for (const each of tickers) expect(each).toMatchObject({ ...ticker, bid: expect.any(Number) });
      expect(tickers[1].timestamp).toBeGreaterThan(AT);
      expect([0.02, 0.0205]).toContain(tickers[1].bid);
    } finally {
      await simulator.close();
      await market.close();
    }
  });
});

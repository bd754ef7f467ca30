import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { InstrumentId, OptionInstrument } from '../instrument.ts';
import { RUPEE_EXPIRY, rupeeMarket } from '../simulators/rupee-market.fixture.ts';
import { openAlgoId } from './simulator/simulated-lists.ts';
import { createOpenAlgoSimulator } from './simulator/simulator.ts';
import { expiryCode, namesOf } from './symbols.ts';

/** An interpreter with `pip install openalgo`, OpenAlgo's own client. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('openalgo_client.py', import.meta.url));
const havePython = spawnSync(PYTHON, ['-c', 'from openalgo import api'], { stdio: 'ignore' }).status === 0;
if (!havePython) {
  process.stdout.write(
    'Skipped: openalgo (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

const API_KEY = 'key-of-the-client';
const INDEX = 'NSE_INDEX:NIFTY';
const LOT = 65;

describe.runIf(havePython)('openalgo', () => {
  test('reads the numbers of the market from the simulator, in every mode', async () => {
    const market = await rupeeMarket(openAlgoId);
    const simulator = await createOpenAlgoSimulator(market, { apiKey: API_KEY, broker: 'dhan' });
    const options = market.list.instruments.filter(
      (each): each is OptionInstrument => each.kind === 'option' && each.listing.symbol === 'NIFTY',
    );
    const [quoted, booked] = options;
    const code = expiryCode(RUPEE_EXPIRY);
    const asked = [
      ...[INDEX, quoted.id, booked.id].map((id) => [namesOf(id)]),
      ['NIFTY', 'NSE_INDEX', 'NFO', code],
    ];
    const run = (key: string) =>
      promisify(execFile)(PYTHON, [SCRIPT, simulator.url, key, JSON.stringify(asked)], { timeout: 120_000 });
    const [{ stdout }, refused] = await Promise.all([run(API_KEY), run('another-key-of-the-client')]);
    await simulator.close();
    await market.close();
    expect(JSON.parse(refused.stdout)).toEqual({ connected: false });

    const { ticks, book, expiry, chain, listed } = JSON.parse(stdout);
    const at = (id: InstrumentId) => market.quoteOf(id) ?? expect.unreachable();
    expect(Object.keys(ticks).sort()).toEqual([`${INDEX} 1`, `${quoted.id} 2`, `${booked.id} 3`].sort());
    expect(ticks[`${INDEX} 1`]).toMatchObject({ ltp: 24_010.35 });
    expect(ticks[`${quoted.id} 2`]).toMatchObject({
      ltp: at(quoted.id).last,
      volume: at(quoted.id).volume * LOT,
    });
    const { bid, ask, bidSize, askSize, last, openInterest } = at(booked.id);
    const none = { price: 0, qty: 0, orders: 0 };
    expect(book.depth.NFO[namesOf(booked.id).symbol]).toMatchObject({
      ltp: last,
      buyBook: { 1: { price: bid, qty: bidSize * LOT, orders: 1 }, 5: none },
      sellBook: { 1: { price: ask, qty: askSize * LOT, orders: 1 }, 5: none },
    });
    expect(expiry).toMatchObject({ status: 'success', data: [code.replace(/^(..)(...)/, '$1-$2-')] });
    expect(chain).toMatchObject({ status: 'success', underlying_ltp: 24_010.35, atm_strike: 24_000 });
    expect(chain.chain.map(({ strike }: { strike: number }) => strike)).toEqual([23_900, 24_000, 24_100]);
    const leg = chain.chain
      .flatMap(({ ce, pe }: { ce: object; pe: object }) => [ce, pe])
      .find(({ symbol }: { symbol: string }) => symbol === namesOf(booked.id).symbol);
    expect(leg).toMatchObject({ ltp: last, bid, ask, oi: openInterest * LOT, lotsize: LOT });
    const derivatives = market.list.instruments.filter(({ id }) => String(id).startsWith('NFO:'));
    expect(listed.map(({ symbol }: { symbol: string }) => symbol)).toEqual(
      derivatives.map(({ id }) => namesOf(id).symbol),
    );
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OptionInstrument } from '../instrument.ts';
import { RUPEE_EXPIRY, rupeeMarket } from '../simulators/rupee-market.fixture.ts';
import { dhanSecurity, SEGMENTS } from './instrument-id.ts';
import { dhanIds } from './simulator/simulated-list.ts';
import { createDhanSimulator } from './simulator/simulator.ts';

/** An interpreter with `pip install dhanhq`, Dhan's own client. */
const PYTHON = process.env.DELTASTREAM_PYTHON ?? 'python3';
const SCRIPT = fileURLToPath(new URL('dhanhq_client.py', import.meta.url));
const havePython = spawnSync(PYTHON, ['-c', 'import dhanhq'], { stdio: 'ignore' }).status === 0;
if (!havePython) {
  process.stdout.write(
    'Skipped: dhanhq (not installed; DELTASTREAM_PYTHON names an interpreter that has it).\n',
  );
}

interface Understood {
  readonly packets: readonly ({ readonly type: string; readonly security_id: number } | null)[];
  readonly chain: {
    readonly status: string;
    readonly data: { readonly data: { last_price: number; oc: object } };
  };
  readonly options: readonly Readonly<Record<string, unknown>>[];
}

describe.runIf(havePython)('dhanhq', () => {
  test('reads the numbers of the market from the simulator', async () => {
    const market = await rupeeMarket(dhanIds());
    const simulator = await createDhanSimulator(market, { clientId: '1000000001', accessToken: 'token' });
    const { instruments } = market.list;
    const options = instruments.filter(
      (each): each is OptionInstrument => each.kind === 'option' && each.listing.symbol === 'NIFTY',
    );
    const index = instruments.find(
      ({ kind, listing }) => kind === 'underlying' && listing.symbol === 'NIFTY',
    );
    const [full, quoted] = options;
    const asked = [
      [index?.id, 15],
      [full.id, 21],
      [quoted.id, 17],
    ].map(([id, code]) => {
      const { segment, security } = dhanSecurity(Number(id));
      return [SEGMENTS[segment], String(security), code];
    });
    // The day before of each, and what they were asked for: of a quote there are two packets.
    const args = [
      simulator.url,
      '1000000001',
      'token',
      JSON.stringify([asked, [13, 'IDX_I'], RUPEE_EXPIRY, 7]),
    ];
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, ...args], { timeout: 120_000 });
    const { packets, chain, options: rows }: Understood = JSON.parse(stdout);
    await simulator.close();
    await market.close();

    const text = (price: number) => price.toFixed(2);
    const packet = (type: string, { id }: { readonly id: number | string } = full) =>
      packets.find((each) => each?.type === type && each.security_id === dhanSecurity(Number(id)).security);
    const at = (id: number | string) => market.quoteOf(id) ?? expect.unreachable();
    expect(packet('Ticker Data', index)).toMatchObject({ exchange_segment: 0, LTP: '24010.35' });
    const complete = at(full.id);
    expect(packet('Full Data')).toMatchObject({
      exchange_segment: 2,
      LTP: text(complete.last),
      volume: complete.volume * 65,
      OI: complete.openInterest * 65,
      LTT: new Date(complete.at).toISOString().slice(11, 19),
    });
    expect(packet('Full Data')).toHaveProperty('depth.0', {
      bid_quantity: complete.bidSize * 65,
      ask_quantity: complete.askSize * 65,
      bid_orders: 0,
      ask_orders: 0,
      bid_price: text(complete.bid),
      ask_price: text(complete.ask),
    });
    expect(packet('Previous Close')).toMatchObject({ prev_close: text(complete.previousClose) });
    expect(packet('Quote Data', quoted)).toMatchObject({ volume: at(quoted.id).volume * 65 });
    expect(packet('OI Data', quoted)).toMatchObject({ OI: at(quoted.id).openInterest * 65 });
    expect(chain).toMatchObject({
      status: 'success',
      data: {
        status: 'success',
        data: {
          last_price: 24_010.35,
          oc: {
            [full.strike.toFixed(6)]: { ce: { last_price: complete.last, oi: complete.openInterest * 65 } },
          },
        },
      },
    });
    const listed = instruments
      .filter(({ kind }) => kind === 'option')
      .map(({ id }) => dhanSecurity(Number(id)).security);
    expect(rows.map(({ SECURITY_ID }) => SECURITY_ID)).toEqual(listed);
  });
});

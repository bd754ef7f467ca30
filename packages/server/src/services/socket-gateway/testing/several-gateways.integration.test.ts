import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import type { Bus } from '../../../ports/bus.ts';
import { ask, createGatewayHarness, received } from './gateway.fixture.ts';

let shared: Bus = createMemoryBus();
const { startGateway, join, closeAll } = createGatewayHarness(() => shared);
afterEach(async () => {
  await closeAll();
  shared = createMemoryBus();
});

describe('several socket gateways on one bus', () => {
  it('number alike, so that a client goes on at another where it was cut', async () => {
    const [one, other] = [await startGateway(), await startGateway()];
    await one.tick('NIFTY', 1);
    await one.chain('NIFTY', '2026-08-25', 1);
    const request = { type: 'product', symbol: 'NIFTY', interval_ms: 0 };
    const deltas = { type: 'chain', symbol: 'NIFTY', mode: 'delta' };
    const [first, second] = [await join(one.url), await join(other.url)];
    const responses = await Promise.all([first, second].map((client) => ask(client, deltas)));
    expect(responses[0]).toMatchObject({ ok: true, epoch: 'e1', seq: 1, expiries: ['2026-08-25'] });
    expect(responses[1]).toEqual(responses[0]);
    await ask(first, request);
    const seen = received(first, 'price_update');
    await one.tick('NIFTY', 2);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    first.close();
    for (const seq of [3, 4]) await one.tick('NIFTY', seq);
    await one.chain('NIFTY', '2026-08-25', 2);
    await one.chain('NIFTY', '2026-09-29', 3);
    await vi.waitFor(async () => {
      expect(await ask(second, { ...request, resume: { epoch: 'e1', seq: 2 } })).toMatchObject({
        resumed: true,
        seq: 4,
        snapshot: null,
        missed: [{ seq: 3 }, { seq: 4 }],
      });
    });
    expect(await ask(second, { ...deltas, resume: { epoch: 'e1', seq: 1 } })).toMatchObject({
      resumed: true,
      seq: 3,
      missed: [
        { kind: 'delta', expiry: '2026-08-25', from_seq: 1, seq: 2, room_seq: 1, cumulative: true },
        { kind: 'full', expiry: '2026-09-29', seq: 3, room_seq: 3 },
      ],
    });
  });

  it('wait for what a client saw elsewhere, or tell it what it will not get', async () => {
    const { url, tick } = await startGateway({ catchUpMs: 2_000, historyLength: 4 });
    await tick('NIFTY', 1);
    const client = await join(url);
    const gaps = received(client, 'gap');
    const from = (epoch: string, seq: number) =>
      ask(client, { type: 'product', symbol: 'NIFTY', resume: { epoch, seq } });
    const early = from('e1', 3);
    for (const seq of [2, 3, 4]) await tick('NIFTY', seq);
    expect(await early).toMatchObject({ resumed: true });
    expect(gaps).toEqual([]);
    for (let seq = 5; seq <= 20; seq++) await tick('NIFTY', seq);
    expect(await from('e1', 3)).toMatchObject({ resumed: false, snapshot: { seq: 20 } });
    expect(await from('e0', 3)).toMatchObject({ resumed: false, snapshot: { seq: 20 } });
    expect(await from('e1', 99)).toMatchObject({ resumed: false, snapshot: { seq: 20 } });
    expect(gaps).toEqual([
      { room: 'product:NIFTY', epoch: 'e1', from: 4, to: 20, reason: 'history' },
      { room: 'product:NIFTY', epoch: 'e1', from: 0, to: 20, reason: 'epoch' },
      { room: 'product:NIFTY', epoch: 'e1', from: 100, to: null, reason: 'epoch' },
    ]);
  });
});

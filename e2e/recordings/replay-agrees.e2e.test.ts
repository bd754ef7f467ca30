import type { ChainFull, ChainView, PriceUpdate } from '@deltastream/contracts';
import { io, type Socket } from 'socket.io-client';
import { afterAll, describe, expect, it } from 'vitest';
import { getAll, getJson } from '../support/clients/rest.ts';
import { haveRecordings, recording } from '../support/market/recordings.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

describe.runIf(haveRecordings)('a replay, seen by a socket client and by REST', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let socket: Socket;

  afterAll(async () => {
    socket?.close();
    await platform?.stop();
    folder.remove();
  });

  it('agree on every figure of every snapshot', async () => {
    platform = await startPlatform([
      ...['--source', `replay:${recording('nse/nifty_chain_20260819.csv.gz')}`],
      ...['--speed', '600', '--data', folder.path],
    ]);
    const chains: ChainView[] = [];
    const prices: PriceUpdate[] = [];
    socket = io(platform.url, { transports: ['websocket'] });
    socket.on('chain_update', ({ kind, room, room_seq, ...chain }: ChainFull) => chains.push(chain));
    socket.on('price_update', (update: PriceUpdate) => prices.push(update));
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    const subscribe = async () => {
      const responses = await Promise.all([
        socket.emitWithAck('subscribe', { type: 'chain', symbol: 'NIFTY', interval_ms: 50 }),
        socket.emitWithAck('subscribe', { type: 'product', symbol: 'NIFTY', interval_ms: 0 }),
      ]);
      return responses.every(({ ok }: { ok: boolean }) => ok);
    };
    await expect.poll(subscribe).toBe(true);
    await platform.printed(/Replay finished/, 120_000);
    await expect.poll(() => quiet(chains), { interval: 300 }).toBe(true);

    expect(chains.length).toBeGreaterThan(200);
    for (const seen of chains) {
      const { product, expiry, timestamp } = seen;
      const stored = await getJson<ChainView>(
        `${platform.url}/api/data/chain/${product}?expiry=${expiry}&at=${timestamp}`,
      );
      expect(stored).toEqual(seen);
    }

    const ticks = await getAll<{ timestamp: string; price: number }, 'ticks'>(
      `${platform.url}/api/data/underlying/NIFTY?limit=1000`,
      'ticks',
    );
    const stored = new Map(ticks.map(({ timestamp, price }) => [timestamp, price]));
    expect(prices.length).toBeGreaterThan(50);
    for (const { timestamp, price } of prices) expect(stored.get(timestamp)).toBe(price);
  });

  it('answer the latest chain, its summary and its analytics alike', async () => {
    const get = <T>(path: string) => getJson<T>(`${platform.url}${path}`);
    const chain = await get<ChainView>('/api/data/chain/NIFTY');
    const { nearest_chain: nearest, expiries } = await get<{ nearest_chain: ChainView; expiries: string[] }>(
      '/api/data/NIFTY',
    );
    const pcr = await get<Record<string, unknown>>('/api/analytics/pcr/NIFTY');
    const pain = await get<Record<string, unknown>>('/api/analytics/max-pain/NIFTY');
    const mobile = await fetch(`${platform.url}/api/mobile/chain/NIFTY`);
    const phone = await mobile.text();
    expect(expiries).toEqual(['2026-08-25', '2026-09-01', '2026-09-08', '2026-09-15']);
    for (const response of [nearest, pcr, JSON.parse(phone)]) {
      expect(response).toMatchObject({
        expiry: chain.expiry,
        timestamp: chain.timestamp,
        pcr_oi: chain.pcr_oi,
      });
    }
    expect(pain).toMatchObject({
      timestamp: chain.timestamp,
      max_pain_strike: chain.max_pain_strike,
      max_pain_ties: chain.max_pain_ties,
      count: chain.strikes.length,
    });
    expect(phone.length).toBeLessThan(1024);
  });
});

let lastLength = -1;
function quiet(list: readonly unknown[]): boolean {
  const same = list.length === lastLength;
  lastLength = list.length;
  return same;
}

import type { PriceUpdate } from '@deltastream/contracts';
import { io as connect } from 'socket.io-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createGatewayHarness } from '../testing/gateway.fixture.ts';

let harness: ReturnType<typeof createGatewayHarness>;
beforeEach(() => {
  harness = createGatewayHarness(() => createMemoryBus());
});
afterEach(() => harness.closeAll());

it('sends prices of all products, also of those that come later, to clients that ask for them by their address', async () => {
  const { url, tick } = await harness.startGateway();
  const prices = { all: new Set<string>(), none: new Set<string>() };
  const hear = (query: Record<string, string>, into: Set<string>) => {
    const socket = connect(url, { transports: ['websocket'], query });
    socket.on('price_update', ({ product }: PriceUpdate) => into.add(product));
    return socket;
  };
  await tick('NIFTY', 1);
  const sockets = [hear({ stream: 'all' }, prices.all), hear({}, prices.none)];
  let seq = 1;
  const sending = setInterval(() => {
    seq += 1;
    void tick('NIFTY', seq);
    if (prices.all.has('NIFTY')) void tick('BANKNIFTY', seq);
  }, 50);
  await expect.poll(() => [...prices.all].sort()).toEqual(['BANKNIFTY', 'NIFTY']);
  clearInterval(sending);
  expect([...prices.none]).toEqual([]);
  for (const socket of sockets) socket.close();
});

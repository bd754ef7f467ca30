import { column, ENRICHED_CHAINS, ENRICHED_TICKS } from '@deltastream/contracts';
import { createMemoryBus } from '../../../packages/server/src/adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../../packages/server/src/kit/logging/log.ts';
import { createRemoteVerifier } from '../../../packages/server/src/kit/tokens/remote-verifier.ts';
import type { TokenVerifier } from '../../../packages/server/src/kit/tokens/token.ts';
import type { Bus } from '../../../packages/server/src/ports/bus.ts';
import { systemClock } from '../../../packages/server/src/ports/clock.ts';
import { AUTH } from '../../../packages/server/src/services/auth/settings.ts';
import { createSocketGateway } from '../../../packages/server/src/services/socket-gateway/service.ts';
import {
  enrichedChain,
  enrichedTick,
} from '../../../packages/server/src/services/socket-gateway/testing/enriched.fixture.ts';
import { microseconds } from '../protocol.ts';
import type { OpenServer } from './server-under-test.ts';

const EXPIRY = '2026-08-25';
const STRIKES = 100;
/** The publisher shares the process: after a pause it publishes in one turn what was due in the meantime. */
const MOST_AT_ONCE = 50_000;
/** All clients have tokens of one account. */
const NO_QUOTA = {
  userConnections: 1_000_000,
  userSubscriptions: 1_000_000,
  userMessagesPerSecond: 1_000_000,
  userMessageBurst: 1_000_000,
};
/** Of a chain's strikes so many have traded since the update before. */
const TRADED_STRIKES = 10;

/**
 * The socket gateway itself on a memory bus. Rooms are `product:SYM`, whose price is the microsecond of its
 * update, and `chain:SYM`. All that depends on the gateway's protocol is here and in `subscriptionTo`.
 */
export const openGatewayServer: OpenServer = async (http, rooms, authUrl) => {
  const names = rooms.flatMap(({ groups }) => groups.flat());
  const products = [...new Set(names.map((name) => name.split(':')[1]))];
  const bus = createMemoryBus({ historyLength: MOST_AT_ONCE });
  const intervalMs = Math.max(...rooms.map((each) => each.intervalMs));
  const verifier = authUrl === undefined ? undefined : await verifierOf(authUrl, bus);
  const gateway = createSocketGateway(
    { bus, clock: systemClock, logger: silentLogger, verifier },
    {
      products,
      requireToken: verifier !== undefined,
      priceIntervalMs: intervalMs,
      chainIntervalMs: intervalMs,
      ...NO_QUOTA,
      // All clients are of one address, and some are cut where the load is beyond what the machine can do.
      maxStrikes: 0,
    },
  );
  gateway.attach(http);
  await gateway.start();
  const last: Record<string, number> = {};
  const chains = new Map(
    products.map((product) => [product, enrichedChain(product, EXPIRY, 0, {}, STRIKES)] as const),
  );

  function publishChain(product: string, seq: number): void {
    const chain = chains.get(product);
    if (!chain) return;
    const { columns } = chain;
    for (let i = 0; i < TRADED_STRIKES; i++) {
      const strike = (seq * 7 + i * 3) % STRIKES;
      for (const side of ['call', 'put'] as const) {
        column(columns, `${side}_last`)[strike] = 5 + ((seq + strike) % 50) * 0.05;
        column(columns, `${side}_volume`)[strike] = seq * 75;
        column(columns, `${side}_open_interest`)[strike] = 1000 + seq;
      }
    }
    void bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode({ ...chain, seq }));
  }

  const metric = async (name: string): Promise<number> => {
    const found = await gateway.metrics.getSingleMetric(`deltastream_socket_gateway_${name}`)?.get();
    return found?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  };

  return {
    publish(group) {
      for (const name of group) {
        const [type, product] = name.split(':');
        last[name] = (last[name] ?? 0) + 1;
        if (type === 'chain') publishChain(product, last[name]);
        else {
          const tick = enrichedTick(product, last[name], { price: microseconds() });
          void bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(tick));
        }
      }
    },
    async count() {
      const deliveries = await metric('deliveries_total');
      return { deliveries, writes: deliveries, missed: 0, cut: await metric('cut_total'), last };
    },
  };
};

const verifierOf = (authUrl: string, bus: Bus): Promise<TokenVerifier> => {
  const { issuer, audience } = AUTH.defaults;
  return createRemoteVerifier({ authUrl, issuer, audience, bus, clock: systemClock, logger: silentLogger });
};

/** How a client asks the gateway for a room. */
export function subscriptionTo(room: string, mode: 'full' | 'delta'): string {
  const [type, symbol] = room.split(':');
  return JSON.stringify(['subscribe', { type, symbol, ...(mode === 'delta' ? { mode } : {}) }]);
}

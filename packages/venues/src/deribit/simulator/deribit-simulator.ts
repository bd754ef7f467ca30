import type { SimulatedRequest, SimulatedResponse } from '../../simulators/simulated-venue.ts';
import type { SimulatedMarket, Simulator } from '../../simulators/simulator.ts';
import { startVenueServer } from '../../simulators/venue-server.ts';
import { TOO_MANY_REQUESTS } from '../json-rpc.ts';
import { createMarketView } from './market-view.ts';
import { callMethod, type Params, RpcFailure } from './methods.ts';
import { createPools, DERIBIT_RATES, type DeribitRates } from './rate-limit.ts';
import { createSimulatedConversation, errorText } from './simulated-conversation.ts';

export interface DeribitSimulatorOptions {
  /** A free one by default. */
  readonly port?: number;
  /** What the venue allows; as it does by default. */
  readonly rates?: DeribitRates;
  /** More channels in one message are refused; 250 by default. */
  readonly channelsPerMessage?: number;
  /** More instruments on one connection are refused under the fault `oversize_refused`; 1,000 by default. */
  readonly instrumentsPerConnection?: number;
  /** Between two heartbeats, ms, instead of what the client asks for. */
  readonly heartbeatMs?: number;
  /** Changes are sent so often, ms; 0, the default: at once. The venue sends at most one a second. */
  readonly cadenceMs?: number;
}

const HTTP_PATH = /^\/api\/v2\/(public\/\w+)$/;
const WEBSOCKET_PATH = '/ws/api/v2';

/** Deribit's public API on this machine: JSON-RPC 2.0 over a WebSocket, and its methods by GET. */
export function createDeribitSimulator(
  market: SimulatedMarket,
  options: DeribitSimulatorOptions = {},
): Promise<Simulator> {
  const { channelsPerMessage = 250, instrumentsPerConnection = 1000, heartbeatMs, cadenceMs = 0 } = options;
  const rates = options.rates ?? DERIBIT_RATES;
  // Without a key the venue counts by address, which all clients here have in common.
  const pools = createPools(rates);

  function respond({ url, market: present }: SimulatedRequest): SimulatedResponse {
    const method = HTTP_PATH.exec(url.pathname)?.[1];
    if (method === undefined) return { status: 404, body: 'Not Found' };
    try {
      if (!pools.take(method)) throw new RpcFailure(TOO_MANY_REQUESTS, 'too_many_requests');
      const params: Params = Object.fromEntries(url.searchParams);
      return json(200, envelope(undefined, callMethod(method, params, present, createMarketView(present))));
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      return json(error.code === TOO_MANY_REQUESTS ? 429 : 400, errorText(undefined, error));
    }
  }

  return startVenueServer({
    market,
    port: options.port,
    cadenceMs,
    limits: { instrumentsPerMessage: channelsPerMessage, instrumentsPerConnection },
    venue: {
      respond,
      connect: ({ url }) =>
        url.pathname === WEBSOCKET_PATH
          ? (peer) => createSimulatedConversation({ peer, pools, channelsPerMessage, heartbeatMs, envelope })
          : { status: 404, body: 'Not Found' },
    },
  });
}

const json = (status: number, body: string): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
});

/** A result as the venue wraps it, with its times in microseconds. */
function envelope(id: unknown, result: unknown): string {
  const us = Date.now() * 1000;
  return JSON.stringify({ jsonrpc: '2.0', id, result, usIn: us, usOut: us, usDiff: 0, testnet: true });
}

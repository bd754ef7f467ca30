import type {
  SimulatedConversation,
  SimulatedMarket,
  SimulatedPeer,
  SimulatedRequest,
  SimulatedResponse,
  Simulator,
} from '../../simulators/index.ts';
import { startVenueServer } from '../../simulators/index.ts';
import { CHAIN_INTERVAL_MS } from '../dhan-rest.ts';
import { DHAN_LIMITS } from '../dhan-venue.ts';
import { dhanId, SEGMENTS, type Segment } from '../instrument-id.ts';
import { createSimulatedConversation } from './simulated-conversation.ts';
import { optionChain, scripMaster } from './simulated-list.ts';
import { disconnectPacket } from './write-packets.ts';

export interface DhanSimulatorOptions {
  readonly clientId: string;
  /** The only token that is accepted. */
  readonly accessToken: string;
  /** Packets in one message; 1, the default, is all that the official client reads. */
  readonly packetsPerMessage?: number;
  /** Between two requests for option chains, ms: what the venue demands by default. */
  readonly chainIntervalMs?: number;
  /** A free one by default. */
  readonly port?: number;
  /** Changes are sent so often, ms; 0, the default: as soon as they are made. */
  readonly cadenceMs?: number;
}

const LIST = '/api-data/api-scrip-master-detailed.csv';
const REASON = { tooMany: 805, tokenExpired: 807, clientId: 808, token: 809 } as const;
/** A request that is sent an interval after another one arrives a little earlier or later than that. */
const JITTER_MS = 50;

/**
 * Dhan's servers on this machine: the scrip master, the option chain and the live market feed. Who connects with wrong keys is
 * told so and let go; of more sockets than are allowed the oldest is ended. The ids of the market are those of `dhanIds`.
 */
export async function createDhanSimulator(
  market: SimulatedMarket,
  options: DhanSimulatorOptions,
): Promise<Simulator> {
  const { clientId, accessToken, packetsPerMessage = 1, chainIntervalMs = CHAIN_INTERVAL_MS } = options;
  const peers = new Set<SimulatedPeer>();
  let chainAt = Number.NEGATIVE_INFINITY;

  function reasonAgainst({ url: { searchParams }, tokenExpired }: SimulatedRequest): number | null {
    if (searchParams.get('clientId') !== clientId) return REASON.clientId;
    if (tokenExpired) return REASON.tokenExpired;
    return searchParams.get('token') === accessToken ? null : REASON.token;
  }

  function accept(peer: SimulatedPeer): SimulatedConversation {
    const [oldest] = peers;
    if (peers.size >= DHAN_LIMITS.connections) {
      oldest.send(disconnectPacket(REASON.tooMany));
      oldest.close(1000, '');
    }
    peers.add(peer);
    return createSimulatedConversation(peer, { packetsPerMessage, closed: () => peers.delete(peer) });
  }

  function chain({ headers, body, market: present, tokenExpired }: SimulatedRequest): SimulatedResponse {
    if (tokenExpired || headers['access-token'] !== accessToken || headers['client-id'] !== clientId) {
      return failure(401, 'DH-901', 'Client ID or user generated access token is invalid or expired.');
    }
    const at = performance.now();
    if (at - chainAt < chainIntervalMs - JITTER_MS) return failure(429, 'DH-904', 'Too many requests');
    chainAt = at;
    const asked = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
    const segment = SEGMENTS[asked.UnderlyingSeg as Segment];
    const answer = optionChain(present, dhanId(segment, Number(asked.UnderlyingScrip)), String(asked.Expiry));
    return answer ? json(200, answer) : failure(400, 'DH-905', 'No such underlying or expiry');
  }

  return await startVenueServer({
    market,
    port: options.port,
    cadenceMs: options.cadenceMs,
    limits: DHAN_LIMITS,
    venue: {
      respond(request) {
        const { pathname } = request.url;
        if (pathname === LIST) {
          return {
            status: 200,
            headers: { 'content-type': 'text/csv' },
            body: scripMaster(request.market.list),
          };
        }
        if (pathname === '/v2/optionchain' && request.method === 'POST') return chain(request);
        return failure(404, 'DH-905', 'No such resource');
      },
      connect(request) {
        const { searchParams } = request.url;
        if (searchParams.get('version') !== '2' || searchParams.get('authType') !== '2') {
          return failure(400, 'DH-905', 'version and authType are 2');
        }
        const reason = reasonAgainst(request);
        return (peer) => (reason === null ? accept(peer) : letGo(peer, reason));
      },
    },
  });
}

/** Says why, and ends the connection. */
function letGo(peer: SimulatedPeer, reason: number): SimulatedConversation {
  return {
    opened() {
      peer.send(disconnectPacket(reason));
      peer.close(1000, '');
      return [];
    },
    receive() {},
    quotes: () => [],
  };
}

const json = (status: number, content: object): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
});

const failure = (status: number, errorCode: string, errorMessage: string): SimulatedResponse =>
  json(status, { errorType: 'Error', errorCode, errorMessage });

export interface SocketGatewayConfig {
  /** Path of the Socket.IO endpoint on every server it is attached to. */
  readonly path: string;
  /**
   * Origins of other sites whose pages may connect; pages of the gateway's own origin always may.
   * `*` allows every site.
   */
  readonly corsOrigins: readonly string[];
  /** True: a connection needs an access token. One that is sent is checked in either case. */
  readonly requireToken: boolean;
  /** Products known before their first message; others become known when it arrives. */
  readonly products: readonly string[];

  /** Rooms one connection may be in. */
  readonly maxSubscriptions: number;
  /** Messages a connection may send per second in the long run, and at once. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Malformed or too frequent messages after which a connection is cut. */
  readonly maxOffences: number;
  /** Largest message a client may send; a larger one closes its connection. */
  readonly maxPayloadBytes: number;

  /** What may wait for a client that reads too slowly; beyond either bound it is cut. */
  readonly maxQueuedPackets: number;
  readonly maxQueuedBytes: number;

  /** How often clients outside a product's room hear its price at most. */
  readonly generalIntervalMs: number;
  /** How often a chain of one expiry is sent at most; the newest wins. */
  readonly chainIntervalMs: number;

  /** Bounds of the latest state; the products and chains that were updated longest ago go first. */
  readonly maxProducts: number;
  readonly maxChains: number;

  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** Time a new connection has to complete the Socket.IO handshake. */
  readonly connectTimeoutMs: number;
  /** Time a polling connection has to complete its upgrade to WebSocket. */
  readonly upgradeTimeoutMs: number;
  /** Time that clients have at `stop` to receive what waits for them. */
  readonly stopTimeoutMs: number;
}

export const SOCKET_GATEWAY_DEFAULTS: SocketGatewayConfig = {
  path: '/socket.io',
  corsOrigins: [],
  requireToken: false,
  products: [],
  maxSubscriptions: 200,
  messagesPerSecond: 20,
  messageBurst: 400,
  maxOffences: 300,
  maxPayloadBytes: 16_384,
  maxQueuedPackets: 2_000,
  maxQueuedBytes: 8 * 1024 * 1024,
  generalIntervalMs: 1_000,
  chainIntervalMs: 50,
  maxProducts: 1_000,
  maxChains: 1_000,
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  connectTimeoutMs: 10_000,
  upgradeTimeoutMs: 10_000,
  stopTimeoutMs: 2_000,
};

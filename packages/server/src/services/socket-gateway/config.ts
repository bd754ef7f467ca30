import type { HostRule } from '../../kit/access/host-rule.ts';
import type { OwnerQuota } from './clients/owner-limits.ts';
import type { IntervalSettings } from './rooms/grant.ts';

export interface SocketGatewayConfig extends IntervalSettings {
  /** Path of the Socket.IO endpoint on every server it is attached to. */
  readonly path: string;
  /**
   * Origins of other sites whose pages may connect; pages of the gateway's own origin always may.
   * `*` allows every site.
   */
  readonly corsOrigins: readonly string[];
  /** True: a connection needs an access token. One that is sent is checked in either case. */
  readonly requireToken: boolean;
  /** Which hosts a request may name, the same as for REST; any by default, for tokens tell who asks. */
  readonly hostRule?: HostRule;
  /** Proxies whose X-Forwarded-For is believed: addresses, ranges, or loopback, linklocal, uniquelocal. */
  readonly trustedProxies: readonly string[];
  /** Products known before their first message; others become known when it arrives. */
  readonly products: readonly string[];

  /** Requests of an address per second, handshakes and polls alike; twice as many at once; 0 for no limit. */
  readonly requestsPerSecond: number;
  /** Of these, requests for a session per second in the long run, and at once; 0 for no limit. */
  readonly handshakesPerSecond: number;
  readonly handshakeBurst: number;
  /** Connections of an address that may be cut for what they did, before it is refused new ones; 0 for no limit. */
  readonly maxStrikes: number;
  /** In which one of them is forgiven, and the longest time an address is refused after the last. */
  readonly strikeForgivenMs: number;
  readonly maxRefusalMs: number;
  /** Sessions of all clients together, and of one address; loopback is not counted by address. */
  readonly maxSessions: number;
  readonly maxSessionsPerAddress: number;
  /** Sessions in no namespace; beyond it the oldest of them is closed. */
  readonly maxPendingSessions: number;
  /** Rooms one connection may be in. */
  readonly maxSubscriptions: number;
  /** Messages a connection may send per second in the long run, and at once. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Messages that subscribing to a room counts for where the connection has been in it: each costs a snapshot. */
  readonly resubscriptionCost: number;
  /** Frames of any kind (messages, pings, pongs) a connection may send per second in the long run, and at once. */
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** Of these, WebSocket pings and pongs, which clients send a few times a minute if at all. */
  readonly controlFramesPerSecond: number;
  readonly controlFrameBurst: number;
  /** Requests to enter a namespace a connection may make per second in the long run, and at once. */
  readonly connectsPerSecond: number;
  readonly connectBurst: number;
  /** Time in each turn of the event loop for what clients ask for, all together; the rest waits for the next. */
  readonly requestBudgetMs: number;
  /** Malformed or too frequent messages after which a connection is cut. */
  readonly maxOffences: number;
  /** What all connections of one user may have and do together. */
  readonly perUser: OwnerQuota;
  /** The same for those without a token, by IPv4 address or IPv6 network of 64 bits; loopback is not counted. */
  readonly perAddress: OwnerQuota;
  /** Largest message a client may send; a larger one closes its connection. */
  readonly maxPayloadBytes: number;
  /** Parts in which one WebSocket message, and one frame, may arrive. */
  readonly maxFragments: number;
  readonly maxChunks: number;

  /** What may wait for a client that reads too slowly; beyond either bound it is cut. */
  readonly maxQueuedPackets: number;
  readonly maxQueuedBytes: number;
  /** What may wait in this process for all clients together; beyond it the one for which most waits is cut. */
  readonly maxTotalQueuedBytes: number;
  /** A client for which more waits than this reads too slowly: it misses updates. */
  readonly behindBytes: number;
  /** A client that reads too slowly, and does not catch up once in this time, is cut. */
  readonly maxBehindMs: number;
  /** Time a client has to take part in the closing of its WebSocket, after which it is destroyed. */
  readonly closeTimeoutMs: number;

  /** How often everyone hears which prices moved. */
  readonly generalIntervalMs: number;
  /** Distinct rooms, modes, intervals and strike windows that are served at the same time. */
  readonly maxChannels: number;

  /** Bounds of the latest state; the products and chains that were updated longest ago go first. */
  readonly maxProducts: number;
  readonly maxChains: number;
  /** Prices, and alerts, that are kept per product for clients that resume. */
  readonly historyLength: number;
  /** A message that is missing for so long is lost, and its rooms are told. */
  readonly gapWaitMs: number;
  /** How long a resuming client that is ahead of this gateway waits for it. */
  readonly catchUpMs: number;

  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** Time a session may be in no namespace, after its handshake or later. */
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
  trustedProxies: [],
  products: [],
  requestsPerSecond: 500,
  handshakesPerSecond: 100,
  handshakeBurst: 500,
  maxStrikes: 5,
  strikeForgivenMs: 10_000,
  maxRefusalMs: 60_000,
  maxSessions: 20_000,
  maxSessionsPerAddress: 2_000,
  maxPendingSessions: 2_000,
  maxSubscriptions: 200,
  messagesPerSecond: 20,
  messageBurst: 400,
  resubscriptionCost: 10,
  framesPerSecond: 100,
  frameBurst: 1_000,
  controlFramesPerSecond: 10,
  controlFrameBurst: 100,
  connectsPerSecond: 1,
  connectBurst: 10,
  requestBudgetMs: 2,
  maxOffences: 300,
  perUser: { connections: 100, subscriptions: 5_000, messagesPerSecond: 200, messageBurst: 4_000 },
  perAddress: { connections: 1_000, subscriptions: 50_000, messagesPerSecond: 2_000, messageBurst: 40_000 },
  maxPayloadBytes: 16_384,
  maxFragments: 64,
  maxChunks: 1_024,
  maxQueuedPackets: 2_000,
  maxQueuedBytes: 8 * 1024 * 1024,
  maxTotalQueuedBytes: 64 * 1024 * 1024,
  behindBytes: 16 * 1024,
  maxBehindMs: 10_000,
  closeTimeoutMs: 2_000,
  generalIntervalMs: 1_000,
  priceIntervalMs: 100,
  minPriceIntervalMs: 0,
  chainIntervalMs: 250,
  minChainIntervalMs: 50,
  maxChannels: 10_000,
  maxProducts: 1_000,
  maxChains: 1_000,
  historyLength: 256,
  gapWaitMs: 2_000,
  catchUpMs: 500,
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  connectTimeoutMs: 10_000,
  upgradeTimeoutMs: 10_000,
  stopTimeoutMs: 2_000,
};

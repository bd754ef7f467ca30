import Type from 'typebox';
import { ACCESS } from '../../kit/access/access-settings.ts';
import type { HostRule } from '../../kit/access/addresses.ts';
import { openDataHostRule, tokenRule } from '../../kit/access/token-rule.ts';
import { bytes, count, ms, perSecond, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Path of the Socket.IO endpoint on every server it is attached to. */
export const SOCKET_PATH = '/socket.io';

export const SOCKET_GATEWAY = settingsFragment(
  'Sockets',
  {
    socketToken: Type.Enum(['optional', 'required'], {
      default: 'optional',
      description: 'Whether a socket needs an access token',
    }),
  },
  'socket',
  {
    priceIntervalMs: ms(100, 'Interval of prices and bars where the client says nothing', 0),
    minPriceIntervalMs: ms(0, 'The least interval of prices and bars it may ask for', 0),
    chainIntervalMs: ms(250, 'Interval of chains and summaries where the client says nothing', 0),
    minChainIntervalMs: ms(50, 'The least interval of chains and summaries it may ask for', 0),
    generalIntervalMs: ms(1_000, 'How often every connection is sent which prices moved'),

    handshakesPerSecond: perSecond(100, 'requests', 'Requests of an address for a session; 0: no limit'),
    handshakeBurst: count(500, 'requests', 'The same at once; 0: no limit', 0),
    maxStrikes: count(
      5,
      'connections',
      'Connections of an address that may be cut for what they did; beyond it new sessions are refused; 0: no limit',
      0,
    ),
    strikeForgivenMs: ms(10_000, 'In which one of them is forgiven'),
    maxRefusalMs: ms(60_000, 'Longest time an address is refused after the last'),
    refusalDelayMs: ms(250, 'How long who asks too often waits to be refused; 0: at once', 0, 10_000),
    maxDelayedRefusals: count(
      1_000,
      'connections',
      'Connections that wait so; the next is closed at once',
      0,
    ),
    maxSessions: count(20_000, 'sessions', 'Sessions, polling or WebSocket, in a namespace or not'),
    maxSessionsPerAddress: count(2_000, 'sessions', 'The same of one address; loopback is not counted'),
    maxPendingSessions: count(2_000, 'sessions', 'Sessions in no namespace; beyond it the oldest is closed'),
    maxSubscriptions: count(200, 'rooms', 'Rooms one connection may be in'),
    maxChannels: count(10_000, 'channels', 'Distinct rooms, modes, intervals and windows served'),

    messagesPerSecond: perSecond(20, 'messages', 'Messages a connection may send in the long run'),
    messageBurst: count(400, 'messages', 'and at once'),
    resubscriptionCost: count(10, 'messages', 'Messages that subscribing to a room again counts for'),
    framesPerSecond: perSecond(
      100,
      'frames',
      'Frames a connection may send, pings and pongs too; then it is cut',
    ),
    frameBurst: count(1_000, 'frames', 'and at once'),
    controlFramesPerSecond: perSecond(10, 'frames', 'Of these, WebSocket pings and pongs'),
    controlFrameBurst: count(100, 'frames', 'and at once'),
    connectsPerSecond: perSecond(1, 'requests', 'Requests to enter a namespace; then the connection is cut'),
    connectBurst: count(10, 'requests', 'and at once'),
    requestBudgetMs: ms(2, 'Time in each turn of the event loop for what clients ask for, all together'),
    maxOffences: count(300, 'messages', 'Malformed or too frequent messages, then the connection is cut'),
    maxPayloadBytes: bytes(16_384, 'A larger message closes its connection'),
    maxFragments: count(64, 'parts', 'Parts in which a WebSocket message may arrive'),
    maxChunks: count(1_024, 'parts', 'Parts in which a frame may arrive'),

    userConnections: count(100, 'connections', 'Connections of one user'),
    userSubscriptions: count(5_000, 'rooms', 'Subscriptions of all connections of one user'),
    userMessagesPerSecond: perSecond(200, 'messages', 'Messages of all connections of one user'),
    userMessageBurst: count(4_000, 'messages', 'and at once'),
    addressConnections: count(
      1_000,
      'connections',
      'Connections without a token of an IPv4 address or IPv6 /64; loopback is not counted',
    ),
    addressSubscriptions: count(50_000, 'rooms', 'Subscriptions of all of them'),
    addressMessagesPerSecond: perSecond(2_000, 'messages', 'Messages of all of them'),
    addressMessageBurst: count(40_000, 'messages', 'and at once'),

    maxQueuedPackets: count(2_000, 'packets', 'Packets that may wait for a slow client, then it is cut'),
    maxQueuedBytes: bytes(8_388_608, 'Bytes that may wait for a slow client, then it is cut'),
    maxTotalQueuedBytes: bytes(67_108_864, 'The same for all clients; the one with most waiting is cut'),
    behindBytes: bytes(16_384, 'A client for which more waits misses updates'),
    maxBehindMs: ms(10_000, 'and is cut when it does not catch up once in this time'),
    sliceMs: ms(5, 'Writing to clients in one turn of the event loop, before everything else gets its turn'),

    maxProducts: count(1_000, 'products', 'Products whose state is held; least recently updated go first'),
    maxChains: count(1_000, 'chains', 'Chains whose state is held; least recently updated go first'),
    historyLength: count(
      256,
      'messages',
      'Prices, and alerts, kept per product, and firings per account, for those who resume',
    ),
    maxAlertOwners: count(
      1_000,
      'accounts',
      'Accounts whose latest alerts are held; least recently updated go first',
    ),
    gapWaitMs: ms(2_000, 'A message missing for so long is lost, and its rooms are told'),
    catchUpMs: ms(500, 'How long a resuming client that is ahead of this gateway waits for it'),

    pingIntervalMs: ms(25_000, 'Interval of pings to each client'),
    pingTimeoutMs: ms(20_000, 'A client that does not reply in this time is closed'),
    connectTimeoutMs: ms(10_000, 'A session that is in no namespace for so long is closed'),
    upgradeTimeoutMs: ms(10_000, 'For the upgrade of a polling session to WebSocket'),
    closeTimeoutMs: ms(2_000, 'Time to take part in the closing of a WebSocket, then it is destroyed'),
    stopTimeoutMs: ms(2_000, 'Time that clients have at a stop to receive what waits for them'),
  },
);

export interface SocketGatewaySettings extends ValuesOf<typeof SOCKET_GATEWAY.own> {
  /** Origins of other sites whose pages may connect; pages of the gateway's own origin always may; `*`: every site. */
  readonly corsOrigins: readonly string[];
  /** True: a connection needs an access token. One that is sent is checked in either case. */
  readonly requireToken: boolean;
  /** Which hosts a request may name, the same as for REST; any by default, for tokens tell who asks. */
  readonly hostRule?: HostRule;
  /** Proxies whose X-Forwarded-For is believed: addresses, ranges, or loopback, linklocal, uniquelocal. */
  readonly trustedProxies: readonly string[];
  /** Products known before their first message; others become known when it arrives. */
  readonly products: readonly string[];
  /** Requests of an address, handshakes and polls alike; twice as many at once; 0 for no limit. */
  readonly requestsPerSecond: number;
}

export const SOCKET_GATEWAY_DEFAULTS: SocketGatewaySettings = {
  ...SOCKET_GATEWAY.defaults,
  corsOrigins: [],
  requireToken: false,
  trustedProxies: [],
  products: [],
  requestsPerSecond: ACCESS.defaults.readRate,
};

/** What the settings of the platform say to a socket gateway, with what its process knows of itself. */
export function socketGatewayConfig(
  settings: ValuesOf<typeof SOCKET_GATEWAY.published & typeof ACCESS.own> & {
    readonly host: string;
  },
  own: Pick<SocketGatewaySettings, 'trustedProxies' | 'products'>,
): SocketGatewaySettings {
  const { corsOrigins, socketToken, readRate } = settings;
  const requireToken = socketToken === 'required' || tokenRule(settings).required;
  return {
    ...SOCKET_GATEWAY.of(settings),
    ...own,
    hostRule: requireToken ? undefined : openDataHostRule(settings),
    corsOrigins,
    requireToken,
    requestsPerSecond: readRate,
  };
}

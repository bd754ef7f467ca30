import {
  AlertUpdate,
  BarUpdate,
  ChainDelta,
  ChainFull,
  ChainSummaryUpdate,
  ChainSummaryView,
  ChainView,
  ContractView,
  ExposureUpdate,
  ExposureView,
  FiguresUpdate,
  FiguresView,
  Gap,
  MarketStatus,
  MarketSummary,
  OwnAlertUpdate,
  PriceUpdate,
  SOCKET_EVENTS,
  SocketError,
  SubscriptionRequest,
  SurfaceUpdate,
} from '@deltastream/contracts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const NAMED = {
  AlertUpdate,
  BarUpdate,
  ChainDelta,
  ChainFull,
  ChainSummaryUpdate,
  ChainSummaryView,
  ChainView,
  ContractView,
  ExposureUpdate,
  ExposureView,
  FiguresUpdate,
  FiguresView,
  Gap,
  MarketStatus,
  MarketSummary,
  OwnAlertUpdate,
  PriceUpdate,
  SocketError,
  SubscriptionRequest,
  SurfaceUpdate,
};

/** As JSON: what TypeBox keeps beside the schema is left out. */
const plain = (schema: unknown): JsonObject => JSON.parse(JSON.stringify(schema));
const reference = (path: string): JsonObject => ({ $ref: `#/${path}` });

/** The socket protocol as an AsyncAPI 3.0 document, made from the table of events. */
export function asyncApiDocument(): JsonObject & { readonly asyncapi: string } {
  const named = new Map(
    Object.entries(NAMED).map(([name, schema]) => [JSON.stringify(plain(schema)), name] as const),
  );
  const refer = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(refer);
    if (typeof value !== 'object' || value === null) return value;
    const name = named.get(JSON.stringify(value));
    return name ? reference(`components/schemas/${name}`) : fieldsOf(value);
  };
  const fieldsOf = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, field]) => [key, refer(field)]));

  const messages: JsonObject = {};
  const operations: JsonObject = {};
  for (const [name, { from, description, payload, response }] of Object.entries(SOCKET_EVENTS)) {
    messages[name] = { name, description, payload: payload ? refer(plain(payload)) : { type: 'null' } };
    if (response) {
      const about = `What the ack callback of \`${name}\` gets.`;
      messages[`${name}_answer`] = {
        name: `${name}_answer`,
        description: about,
        payload: refer(plain(response)),
      };
    }
    operations[name] = {
      action: from === 'client' ? 'receive' : 'send',
      channel: reference('channels/socket'),
      summary: description,
      messages: [reference(`channels/socket/messages/${name}`)],
      ...(response && {
        reply: {
          channel: reference('channels/socket'),
          messages: [reference(`channels/socket/messages/${name}_answer`)],
        },
      }),
    };
  }
  const schemas = Object.entries(NAMED).map(([name, schema]) => [name, fieldsOf(plain(schema))] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'DeltaStream live data',
      version: '1.0.0',
      description:
        'Socket.IO 4 events, WebSocket or polling. Each message is one event with one argument; requests are also ' +
        'answered through the ack callback. Times are ISO-8601 UTC; a figure that cannot be computed is null. An access ' +
        'token, where one is required, is sent in the handshake as `auth: {token}`.',
      license: { name: 'MIT' },
    },
    servers: {
      gateway: {
        host: 'localhost:8000',
        pathname: '/socket.io',
        protocol: 'socket.io',
        description: "The gateway's origin; on its own a socket gateway listens on port 8002.",
      },
    },
    channels: {
      socket: {
        address: '/',
        title: 'The default namespace',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, reference(`components/messages/${name}`)]),
        ),
      },
    },
    operations,
    components: { messages, schemas: Object.fromEntries(schemas) },
  };
}

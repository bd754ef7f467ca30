import Type, { type Static } from 'typebox';
import { ExpiryDate, ProductSymbol, QualityFlag } from './chain.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import { nullable } from './nullable.ts';
import { ChainView, IsoTime } from './views.ts';

/** What a client asks to follow: `product` for prices, `chain` for option chains (one expiry, or all). */
export const SubscriptionRequest = Type.Union([
  Type.Object({ type: Type.Literal('product'), symbol: ProductSymbol }, { additionalProperties: false }),
  Type.Object(
    { type: Type.Literal('chain'), symbol: ProductSymbol, expiry: Type.Optional(ExpiryDate) },
    { additionalProperties: false },
  ),
]);
export type SubscriptionRequest = Static<typeof SubscriptionRequest>;

/** The room of a subscription: `product:SYM`, `chain:SYM` or `chain:SYM:EXPIRY`. */
export function roomOf(request: SubscriptionRequest): string {
  if (request.type === 'product') return `product:${request.symbol}`;
  return request.expiry ? `chain:${request.symbol}:${request.expiry}` : `chain:${request.symbol}`;
}

/** A price, in rooms `product:SYM`. `seq` rises by one per product within an `epoch`. */
export const PriceUpdate = Type.Object({
  product: ProductSymbol,
  price: Type.Number(),
  change: nullable(Type.Number()),
  change_pct: nullable(Type.Number()),
  timestamp: IsoTime,
  epoch: Type.String(),
  seq: Type.Integer(),
  source: Type.String(),
  quality: Type.Array(QualityFlag),
});
export type PriceUpdate = Static<typeof PriceUpdate>;

export const SocketError = Type.Object({
  code: Type.Enum(Object.keys(ERRORS) as ErrorCode[]),
  message: Type.String(),
});
export type SocketError = Static<typeof SocketError>;

/** The latest state a subscriber starts from; null where nothing has been seen yet. */
export type RoomSnapshot = PriceUpdate | ChainView | ChainView[] | null;

export type SubscriptionAnswer =
  | { ok: true; room: string; snapshot: RoomSnapshot }
  | { ok: false; error: SocketError };
export type UnsubscriptionAnswer = { ok: true; room: string } | { ok: false; error: SocketError };

export type AuthenticationAnswer = { ok: true } | { ok: false; error: SocketError };

export interface ProductsAnswer {
  products: string[];
}

export interface ClientToServerEvents {
  subscribe(request: SubscriptionRequest, answer?: (answer: SubscriptionAnswer) => void): void;
  unsubscribe(request: SubscriptionRequest, answer?: (answer: UnsubscriptionAnswer) => void): void;
  get_products(answer?: (answer: ProductsAnswer) => void): void;
  /** A newer access token of the same session, before the one the connection began with expires. */
  authenticate(token: string, answer?: (answer: AuthenticationAnswer) => void): void;
}

export interface ServerToClientEvents {
  connected(hello: { id: string; server_time: string }): void;
  subscribed(answer: Extract<SubscriptionAnswer, { ok: true }>): void;
  unsubscribed(answer: { room: string }): void;
  products(answer: ProductsAnswer): void;
  price_update(update: PriceUpdate): void;
  chain_update(update: ChainView): void;
  error(error: SocketError): void;
}

/** Events and the schemas of what they carry, for the documentation and for validating clients. */
export const SOCKET_SCHEMAS = {
  subscribe: SubscriptionRequest,
  unsubscribe: SubscriptionRequest,
  price_update: PriceUpdate,
  chain_update: ChainView,
  error: SocketError,
} as const;

export type {
  AlertUpdate,
  BarUpdate,
  ChainDelta,
  ChainSummaryView,
  ChainUpdate,
  ChainView,
  ContractView,
  ErrorCode,
  Gap,
  MarketStatus,
  MarketSummary,
  PriceUpdate,
  QualityFlag,
  ReplayState,
  SubscriptionRequest,
  SurfaceUpdate,
} from '@deltastream/contracts';
export {
  applyChainDelta,
  CHAIN_FIGURES,
  CONTRACT_FIGURES,
  type ContractFigureName,
  expiriesInUse,
  type Figure,
  type FigureFormat,
  type HistoryFigure,
  isPagePath,
  MAX_EXPIRY_LAG_MS,
  PAGE_PATHS,
  type PagePath,
  PRODUCT_SYMBOL,
} from '@deltastream/contracts/live';
export { PRODUCT_FIGURES, type ProductFigureName } from '@deltastream/contracts/product-figures';
export { ApiError } from './rest/api-error.ts';
export type { EventOf, ItemOf } from './rest/list-routes.ts';
export { type Client, type ClientOptions, createClient, type RequestOptions } from './rest/rest-client.ts';
export type { RequestOf, ResponseOf, RouteName, Routes } from './rest/route-table.ts';
export { memorySession, type Session, type SessionStore } from './rest/session.ts';
export { connectSocket } from './socket/socket-connection.ts';
export {
  type ConnectionState,
  type Followed,
  type FollowOptions,
  type FollowRequest,
  type RoomStanding,
  type SnapshotOf,
  type SocketConnection,
  type SocketOptions,
  SubscriptionError,
  type UpdateOf,
} from './socket/socket-types.ts';

import type * as contracts from '@deltastream/contracts';
import type { RequestOf, ResponseOf, RouteName, Routes } from './route-table.ts';

type Response<K extends RouteName> = ResponseOf<Routes[K]>;

/** Routes whose response is a page. */
export type PagedName = {
  // A response without a body is of type never, which is one of anything.
  [K in RouteName]: [Response<K>] extends [never]
    ? never
    : Response<K> extends { next_cursor: string | null }
      ? K
      : never;
}[RouteName];

type ListOf<A> = { [F in keyof A]: A[F] extends readonly unknown[] ? F : never }[keyof A];

/** Where the items of a page are. A paged route that is missing here does not compile. */
export const PAGED_LISTS = {
  listTicks: 'ticks',
  listChains: 'chains',
  listContractQuotes: 'quotes',
  listInstruments: 'instruments',
  getPcr: 'history',
  getSkew: 'history',
  listProductFigures: 'figures',
  getOhlc: 'bars',
  getHistory: 'points',
  getPremium: 'points',
  getOiHeatmap: 'columns',
  getOiByStrike: 'points',
  listLogs: 'logs',
  listUsers: 'users',
  listAuditEvents: 'events',
  listAlertRules: 'rules',
  listAlertFirings: 'firings',
  listAlertDeliveries: 'deliveries',
} as const satisfies { readonly [K in PagedName]: ListOf<Response<K>> };

/** What the pages of a route are made of. */
export type ItemOf<K extends PagedName> = Response<K>[(typeof PAGED_LISTS)[K] &
  keyof Response<K>] extends readonly (infer Item)[]
  ? Item
  : never;

/** Lists in time that are read from either end; a paged route that is missing here does not compile. */
export const LISTS_IN_TIME: {
  readonly [K in PagedName as 'order' extends keyof RequestOf<Routes[K]> ? K : never]: true;
} = {
  listTicks: true,
  listChains: true,
  listContractQuotes: true,
  getPcr: true,
  getSkew: true,
  listProductFigures: true,
  getOhlc: true,
  getHistory: true,
  getPremium: true,
  getOiHeatmap: true,
  getOiByStrike: true,
};

/** Routes that can be had as a table. */
export type TableName = {
  [K in RouteName]: Routes[K] extends { table: contracts.Table } ? K : never;
}[RouteName];

/** A table that is missing here does not compile. */
export const TABLES: { readonly [K in TableName]: true } = {
  listTicks: true,
  getChain: true,
  listChains: true,
  listContractQuotes: true,
  listListedProducts: true,
  listInstruments: true,
  getPcr: true,
  getSkew: true,
  getSmile: true,
  getSurface: true,
  getExposure: true,
  getExposureProfile: true,
  getMaxPain: true,
  getOiBuildup: true,
  getTermStructure: true,
  getProductFigures: true,
  listProductFigures: true,
  getRank: true,
  getVolatilityIndex: true,
  getRealisedVolatility: true,
  getForecast: true,
  getOhlc: true,
  getHistory: true,
  getFiguresByExpiry: true,
  getPremium: true,
  getComparison: true,
  getContractDay: true,
  getOiProfile: true,
  getOiChange: true,
  getOiHeatmap: true,
  getOiByStrike: true,
  listReconciliations: true,
  getStoredData: true,
  listStreams: true,
};

/** Routes that send events from now on, and what each event carries by its name. */
export interface EventsOf {
  readonly tailLogs: contracts.LogTailEvents;
  readonly testAlertRule: contracts.AlertTestEvents;
}
export type EventStreamName = keyof EventsOf;

export const EVENT_STREAMS: { readonly [K in EventStreamName]: true } = {
  tailLogs: true,
  testAlertRule: true,
};

/** One event of a route, told apart by its name. */
export type EventOf<K extends EventStreamName> = {
  [E in keyof EventsOf[K]]: { readonly event: E; readonly data: EventsOf[K][E] };
}[keyof EventsOf[K]];

import Type from 'typebox';
import { HISTORY_FIGURES, MOBILE_FIGURES } from '../figures/chain-figures.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { SIDES } from '../market/columns.ts';
import { ContractId } from '../market/contracts/contract-id.ts';
import { contractsTable, listTable } from '../market/table.ts';
import { ChainSummaryView, ChainView, ContractQuoteView, IsoTime } from '../market/views.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import {
  atQuery,
  chainQuery,
  expiryQuery,
  fieldsQuery,
  marketRoute,
  NextCursor,
  orderedPageQuery,
  route,
} from './route.ts';

export const ProductView = Type.Object({
  product: ProductSymbol,
  name: Type.String(),
  exchange: Type.String(),
  time_zone: Type.String({
    description:
      'Zone of exchange times: an IANA name or a fixed offset such as `+05:30`; `UTC` where unknown',
  }),
  currency: Type.String(),
  price: NullableNumber,
  timestamp: nullable(IsoTime),
});

export const listProducts = route({
  method: 'GET',
  url: '/api/data/products',
  access: { scope: 'market:read' },
  schema: {
    tags: ['data'],
    summary: 'Products with stored data',
    response: { 200: Type.Object({ count: Type.Integer(), products: Type.Array(ProductView) }) },
  },
});

export const getProduct = marketRoute('GET', '/api/data/:product', {
  summary: 'Latest price, expiries and the nearest chain of a product',
  response: Type.Object({
    ...ProductView.properties,
    change: NullableNumber,
    change_pct: NullableNumber,
    expiries: Type.Array(ExpiryDate),
    nearest_chain: nullable(ChainSummaryView),
  }),
});

export const TickView = Type.Object({ timestamp: IsoTime, price: Type.Number() });

export const listTicks = marketRoute('GET', '/api/data/underlying/:product', {
  summary: 'Underlying prices in time order',
  query: orderedPageQuery,
  response: Type.Object({
    product: ProductSymbol,
    count: Type.Integer(),
    ticks: Type.Array(TickView),
    next_cursor: NextCursor,
  }),
  table: listTable('ticks', TickView),
});

export const listExpiries = marketRoute('GET', '/api/data/expiries/:product', {
  summary: 'Expiries of a product with stored chains',
  response: Type.Object({
    product: ProductSymbol,
    count: Type.Integer(),
    expiries: Type.Array(
      Type.Object({
        expiry: ExpiryDate,
        expiry_at: IsoTime,
        first_timestamp: IsoTime,
        last_timestamp: IsoTime,
      }),
    ),
  }),
});

export const getChain = marketRoute('GET', '/api/data/chain/:product', {
  summary: 'A full chain: the latest, or as it stood at an instant',
  description:
    'Without `expiry` the nearest unexpired one that chains come of, as of that instant, is returned.',
  query: {
    ...chainQuery,
    ...fieldsQuery,
  },
  response: ChainView,
  table: contractsTable,
});

/** The figures of one stored snapshot. */
export const ChainPointView = Type.Object({
  timestamp: IsoTime,
  ...Type.Pick(ChainSummaryView, [...HISTORY_FIGURES]).properties,
});

export const listChains = marketRoute('GET', '/api/data/chains/:product', {
  summary: 'Summaries of every stored snapshot of an expiry, in time order',
  query: { ...expiryQuery, ...orderedPageQuery, ...fieldsQuery },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    count: Type.Integer(),
    chains: Type.Array(ChainPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('chains', ChainPointView),
});

const contractIdentity = {
  id: ContractId,
  product: ProductSymbol,
  expiry: ExpiryDate,
  side: Type.Enum([...SIDES]),
  strike: Type.Number(),
} as const;

const ContractParams = Type.Object({ id: ContractId });
const failures = ['unknown_contract'] as const;

export const getContract = marketRoute('GET', '/api/data/contracts/:id', {
  summary: 'One contract: the latest quote and figures, or as they stood at an instant',
  params: ContractParams,
  query: {
    ...atQuery,
  },
  response: Type.Object({
    ...contractIdentity,
    expiry_at: IsoTime,
    currency: Type.String(),
    lot_size: NullableNumber,
    quality: ChainSummaryView.properties.quality,
    ...ContractQuoteView.properties,
  }),
  failures,
});

export const listContractQuotes = marketRoute('GET', '/api/data/contracts/:id/quotes', {
  summary: 'Quotes and figures of one contract over time, in time order',
  description:
    'A page covers at most `limit` snapshots of the chain; snapshots that do not list the contract are left out.',
  params: ContractParams,
  query: { ...orderedPageQuery, ...fieldsQuery },
  response: Type.Object({
    ...contractIdentity,
    count: Type.Integer(),
    quotes: Type.Array(ContractQuoteView),
    next_cursor: NextCursor,
  }),
  failures,
  table: listTable('quotes', ContractQuoteView),
});

/** Small on purpose: below 1 KB, for phones on bad networks. */
export const MobileChainView = Type.Pick(ChainSummaryView, [
  'product',
  'expiry',
  'timestamp',
  ...MOBILE_FIGURES,
  'quality',
]);

export const getMobileChain = marketRoute('GET', '/api/mobile/chain/:product', {
  summary: 'The main figures of a chain in under 1 KB',
  query: { ...expiryQuery, ...fieldsQuery },
  response: MobileChainView,
});

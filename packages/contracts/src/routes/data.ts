import Type from 'typebox';
import { HISTORY_FIGURES, MOBILE_FIGURES } from '../figures/chain-figures.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { SIDES } from '../market/columns.ts';
import { ContractId } from '../market/contracts/contract-id.ts';
import { contractsTable, listTable } from '../market/table.ts';
import { ChainSummaryView, ChainView, ContractQuoteView, IsoTime } from '../market/views.ts';
import { nullable } from '../nullable.ts';
import {
  atQuery,
  ExpiryQuery,
  fieldsQuery,
  NextCursor,
  orderedPageQuery,
  ProductParams,
  problems,
  route,
} from './route.ts';

const NullableNumber = nullable(Type.Number());
const tags = ['data'];

export const ProductView = Type.Object({
  product: ProductSymbol,
  name: Type.String(),
  exchange: Type.String(),
  currency: Type.String(),
  price: NullableNumber,
  timestamp: nullable(IsoTime),
});

export const listProducts = route({
  method: 'GET',
  url: '/api/data/products',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Products with stored data',
    response: { 200: Type.Object({ count: Type.Integer(), products: Type.Array(ProductView) }) },
  },
});

export const getProduct = route({
  method: 'GET',
  url: '/api/data/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Latest price, expiries and the nearest chain of a product',
    params: ProductParams,
    response: {
      200: Type.Object({
        ...ProductView.properties,
        change: NullableNumber,
        change_pct: NullableNumber,
        expiries: Type.Array(ExpiryDate),
        nearest_chain: nullable(ChainSummaryView),
      }),
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
});

export const TickView = Type.Object({ timestamp: IsoTime, price: Type.Number() });

export const listTicks = route({
  method: 'GET',
  url: '/api/data/underlying/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Underlying prices in time order',
    params: ProductParams,
    querystring: Type.Object({ ...orderedPageQuery }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        product: ProductSymbol,
        count: Type.Integer(),
        ticks: Type.Array(TickView),
        next_cursor: NextCursor,
      }),
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
  table: listTable('ticks', TickView),
});

export const listExpiries = route({
  method: 'GET',
  url: '/api/data/expiries/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Expiries of a product with stored chains',
    params: ProductParams,
    response: {
      200: Type.Object({
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
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
});

export const getChain = route({
  method: 'GET',
  url: '/api/data/chain/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'A full chain: the latest, or as it stood at an instant',
    description: 'Without `expiry` the nearest unexpired one as of that instant is returned.',
    params: ProductParams,
    querystring: Type.Object(
      {
        ...ExpiryQuery.properties,
        ...atQuery,
        ...fieldsQuery,
      },
      { additionalProperties: false },
    ),
    response: {
      200: ChainView,
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
  table: contractsTable,
});

/** The figures of one stored snapshot. */
export const ChainPointView = Type.Object({
  timestamp: IsoTime,
  ...Type.Pick(ChainSummaryView, [...HISTORY_FIGURES]).properties,
});

export const listChains = route({
  method: 'GET',
  url: '/api/data/chains/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Summaries of every stored snapshot of an expiry, in time order',
    params: ProductParams,
    querystring: Type.Object(
      { ...ExpiryQuery.properties, ...orderedPageQuery, ...fieldsQuery },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        product: ProductSymbol,
        expiry: ExpiryDate,
        count: Type.Integer(),
        chains: Type.Array(ChainPointView),
        next_cursor: NextCursor,
      }),
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
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
const contractFailures = problems(
  'invalid_request',
  'unknown_product',
  'unknown_expiry',
  'unknown_contract',
  'no_data',
);

export const getContract = route({
  method: 'GET',
  url: '/api/data/contracts/:id',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'One contract: the latest quote and figures, or as they stood at an instant',
    params: ContractParams,
    querystring: Type.Object(
      {
        ...atQuery,
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        ...contractIdentity,
        expiry_at: IsoTime,
        currency: Type.String(),
        lot_size: NullableNumber,
        quality: ChainSummaryView.properties.quality,
        ...ContractQuoteView.properties,
      }),
      ...contractFailures,
    },
  },
});

export const listContractQuotes = route({
  method: 'GET',
  url: '/api/data/contracts/:id/quotes',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Quotes and figures of one contract over time, in time order',
    description:
      'A page covers at most `limit` snapshots of the chain; snapshots that do not list the contract are left out.',
    params: ContractParams,
    querystring: Type.Object({ ...orderedPageQuery, ...fieldsQuery }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        ...contractIdentity,
        count: Type.Integer(),
        quotes: Type.Array(ContractQuoteView),
        next_cursor: NextCursor,
      }),
      ...contractFailures,
    },
  },
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

export const getMobileChain = route({
  method: 'GET',
  url: '/api/mobile/chain/:product',
  access: { scope: 'market:read' },
  schema: {
    tags: ['mobile'],
    summary: 'The main figures of a chain in under 1 KB',
    params: ProductParams,
    querystring: Type.Object({ ...ExpiryQuery.properties, ...fieldsQuery }, { additionalProperties: false }),
    response: {
      200: MobileChainView,
      ...problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'),
    },
  },
});

import Type from 'typebox';
import { HISTORY_FIGURES } from '../../figures/chain-figures.ts';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { ContractId } from '../../market/contracts/contract-id.ts';
import { listTable } from '../../market/table.ts';
import { ContractQuoteView, IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { atQuery, chainQuery, fieldsQuery, marketRoute } from '../route.ts';

export const FigureChangeView = Type.Object({
  figure: Type.Enum([...HISTORY_FIGURES]),
  before: NullableNumber,
  after: NullableNumber,
  change: NullableNumber,
  change_share: nullable(
    Type.Number({ description: 'Of the size before, as a fraction; null where that is 0' }),
  ),
  null_reason: nullable(Type.String()),
});

/** Figures of a contract by whose change contracts are ordered. */
export const COMPARED_FIGURES = ['open_interest', 'price', 'iv', 'volume', 'delta'] as const;
type Compared = (typeof COMPARED_FIGURES)[number];
type Cell = `${Compared}_${'before' | 'after' | 'change'}`;

export const ContractChangeView = Type.Object({
  id: ContractId,
  strike: Type.Number(),
  side: Type.Enum([...SIDES]),
  ...(Object.fromEntries(
    COMPARED_FIGURES.flatMap((name): Cell[] => [`${name}_before`, `${name}_after`, `${name}_change`]).map(
      (name) => [name, NullableNumber],
    ),
  ) as Record<Cell, typeof NullableNumber>),
  null_reason: nullable(
    Type.String({ description: 'Why the figure that they are ordered by has no change' }),
  ),
});

export const getComparison = marketRoute('GET', '/api/analytics/compare/:product', {
  summary: 'What changed most between two instants: figures of an expiry, and its contracts',
  description:
    'Figures by the size of their relative change, contracts by that of the figure that `by` names; what has no ' +
    'change comes last. Each instant is answered from the latest snapshot at or before it.',
  query: {
    before: Type.String({ format: 'date-time', description: 'The earlier instant' }),
    after: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The later instant; without it the latest snapshot',
      }),
    ),
    by: Type.Optional(Type.Enum([...COMPARED_FIGURES], { default: 'open_interest' })),
    top: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'Contracts that are listed' }),
    ),
    ...chainQuery,
    ...fieldsQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    before_timestamp: IsoTime,
    after_timestamp: IsoTime,
    by: Type.Enum([...COMPARED_FIGURES]),
    figures: Type.Array(FigureChangeView),
    count: Type.Integer(),
    contracts: Type.Array(ContractChangeView),
  }),
  table: listTable('contracts', ContractChangeView),
});

const range = (what: string) =>
  Type.Object(
    { open: NullableNumber, high: NullableNumber, low: NullableNumber, close: NullableNumber },
    {
      description: `${what} of the quotes below: the first, the greatest, the least and the last that is given`,
    },
  );

export const getContractDay = marketRoute('GET', '/api/analytics/contract/:id', {
  summary: "One contract's day: its quotes and figures over the session, and what it did",
  description:
    'The session of the latest snapshot, or of that at or before `at`, up to it. A snapshot that does not list the ' +
    'contract is left out.',
  params: Type.Object({ id: ContractId }),
  query: {
    ...atQuery,
    resolution: Type.Optional(
      Type.Enum([...BAR_INTERVALS], {
        default: '1m',
        description: 'The last snapshot of each interval, aligned to the session as bars are',
      }),
    ),
    ...fieldsQuery,
  },
  response: Type.Object({
    id: ContractId,
    product: ProductSymbol,
    expiry: ExpiryDate,
    side: Type.Enum([...SIDES]),
    strike: Type.Number(),
    resolution: Type.Enum([...BAR_INTERVALS]),
    from: IsoTime,
    to: IsoTime,
    price: range('Premium'),
    previous_close: NullableNumber,
    price_change: nullable(Type.Number({ description: 'Since the previous close' })),
    iv: range('Implied volatility'),
    open_interest: range('Open interest'),
    volume: nullable(Type.Number({ description: 'Traded in the session up to the last quote' })),
    count: Type.Integer(),
    quotes: Type.Array(ContractQuoteView),
  }),
  failures: ['unknown_contract'],
  table: listTable('quotes', ContractQuoteView),
});

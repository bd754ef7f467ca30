import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ProductSymbol } from '../../market/chain.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { atQuery, NextCursor, orderedPageQuery, ProductParams, problems, route } from '../route.ts';

const tags = ['analytics'];
const failures = problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data');

export const BarView = Type.Object({
  start: IsoTime,
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close: Type.Number(),
});

export const getOhlc = route({
  method: 'GET',
  url: '/api/analytics/ohlc/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Bars of the underlying',
    description: 'With `at`, the bar of that moment is what it was then, from the ticks until then.',
    params: ProductParams,
    querystring: Type.Object(
      {
        ...atQuery,
        ...orderedPageQuery,
        interval: Type.Optional(Type.Enum([...BAR_INTERVALS], { default: '1m' })),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        product: ProductSymbol,
        interval: Type.Enum([...BAR_INTERVALS]),
        count: Type.Integer(),
        bars: Type.Array(BarView),
        next_cursor: NextCursor,
      }),
      ...failures,
    },
  },
  table: listTable('bars', BarView),
});

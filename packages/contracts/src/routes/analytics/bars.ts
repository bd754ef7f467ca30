import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ProductSymbol } from '../../market/chain.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { atQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';

export const BarView = Type.Object({
  start: IsoTime,
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close: Type.Number(),
});

export const getOhlc = marketRoute('GET', '/api/analytics/ohlc/:product', {
  summary: 'Bars of the underlying',
  description: 'With `at`, the bar of that moment is what it was then, from the ticks until then.',
  query: {
    ...atQuery,
    ...orderedPageQuery,
    interval: Type.Optional(Type.Enum([...BAR_INTERVALS], { default: '1m' })),
  },
  response: Type.Object({
    product: ProductSymbol,
    interval: Type.Enum([...BAR_INTERVALS]),
    count: Type.Integer(),
    bars: Type.Array(BarView),
    next_cursor: NextCursor,
  }),
  table: listTable('bars', BarView),
});

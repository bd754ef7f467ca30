import Type from 'typebox';
import { AlertDeliveryView, AlertFiringView } from '../../alerts/alert-firing.ts';
import { ProductSymbol } from '../../market/chain.ts';
import { NextCursor, pageQuery } from '../route.ts';
import { AlertId, alertReadRoute, ownerField } from './alert-route.ts';

const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Items of a page' }),
);

export const listAlertFirings = alertReadRoute('GET', '/api/alerts/firings', {
  summary: 'What fired, newest first',
  query: {
    ...ownerField,
    rule_id: Type.Optional(AlertId),
    product: Type.Optional(ProductSymbol),
    ...pageQuery,
    limit,
  },
  response: Type.Object({ firings: Type.Array(AlertFiringView), next_cursor: NextCursor }),
});

export const listAlertDeliveries = alertReadRoute('GET', '/api/alerts/deliveries', {
  summary: 'Every attempt to deliver what fired, newest first',
  query: {
    ...ownerField,
    channel_id: Type.Optional(AlertId),
    firing_id: Type.Optional(AlertId),
    limit,
    cursor: pageQuery.cursor,
  },
  response: Type.Object({ deliveries: Type.Array(AlertDeliveryView), next_cursor: NextCursor }),
});

import Type, { type Static } from 'typebox';
import { ALERT_SEVERITIES } from '../../market/alert.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { routesOf } from '../route.ts';
import { LOG_LEVELS } from './logs.ts';

/** Times of so many lines are kept of each rule, to tell to the millisecond when there are more in a window. */
const MAX_ABOVE = 10_000;
const MAX_WINDOW_SECONDS = 86_400; // A day: what is counted over longer is asked of the store.

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));

/** What a rule counts, and when that is too many. */
const rule = {
  name: Type.String({ minLength: 1, maxLength: 100, examples: ['many failed logins'] }),
  event: text(
    'Of the catalogue of events, or of the service that writes the lines; without it lines of any event',
  ),
  level: Type.Optional(Type.Enum([...LOG_LEVELS], { description: 'This level and above' })),
  service: text('Lines of this service'),
  product: text('Lines about this product'),
  user_id: text('Lines of this account'),
  fields: Type.Optional(
    Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 }), {
      maxProperties: 10,
      description: 'Fields that have these values, as text; `a.b` is `b` of the object `a`',
    }),
  ),
  above: Type.Integer({
    minimum: 0,
    maximum: MAX_ABOVE,
    description: 'Fires with more lines than these in a window',
    examples: [100],
  }),
  window_seconds: Type.Integer({ minimum: 1, maximum: MAX_WINDOW_SECONDS, examples: [60] }),
  severity: Type.Optional(Type.Enum([...ALERT_SEVERITIES], { default: 'warning' })),
  enabled: Type.Optional(Type.Boolean({ default: true })),
} as const;

export const LogAlertRule = Type.Object(rule, { additionalProperties: false });
export type LogAlertRule = Static<typeof LogAlertRule>;

export const LogAlertView = Type.Object({
  id: Type.String(),
  origin: Type.Enum(['file', 'api'], { description: 'file: of --log-alerts, changed there only' }),
  state: Type.Enum(['ok', 'firing', 'disabled']),
  since: nullable(IsoTime),
  count: Type.Integer({ description: 'Lines in the window that ends now; counted up to `above` + 1' }),
  rule: LogAlertRule,
});
export type LogAlertView = Static<typeof LogAlertView>;

const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 120 }) });
const failures = ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'] as const;
const readRoute = routesOf({ access: { role: 'admin', scope: 'logs:read' }, failures });
const changeRoute = routesOf({
  access: { role: 'admin', scope: 'operations:manage' },
  failures: [...failures, 'unavailable'],
});
const TAG_NOTE = 'An alert is published on the topic `alerts`, once when it fires and once when it is over.';

export const listLogAlerts = readRoute('GET', '/api/logs/alerts', {
  summary: 'Rules that count lines of the log, and how they stand (administrators)',
  response: Type.Object({ alerts: Type.Array(LogAlertView) }),
});

export const createLogAlert = changeRoute('POST', '/api/logs/alerts', {
  summary: 'Add a rule that counts lines of the log (administrators)',
  description: TAG_NOTE,
  body: rule,
  response: LogAlertView,
  status: 201,
  failures: ['limit_reached'],
});

export const getLogAlert = readRoute('GET', '/api/logs/alerts/:id', {
  summary: 'A rule that counts lines of the log, and how it stands (administrators)',
  params,
  response: LogAlertView,
  failures: ['not_found'],
});

export const putLogAlert = changeRoute('PUT', '/api/logs/alerts/:id', {
  summary: 'Replace a rule that counts lines of the log; it counts anew (administrators)',
  params,
  body: rule,
  response: LogAlertView,
  failures: ['not_found'],
});

export const deleteLogAlert = changeRoute('DELETE', '/api/logs/alerts/:id', {
  summary: 'Remove a rule that counts lines of the log (administrators)',
  params,
  response: Type.Object({ id: Type.String() }),
  failures: ['not_found'],
});

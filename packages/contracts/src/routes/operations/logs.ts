import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { NextCursor, pageQuery, problems, route } from '../route.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

const OrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const LogEntryView = Type.Object({
  timestamp: IsoTime,
  level: Type.Enum([...LOG_LEVELS]),
  service: Type.String(),
  message: Type.String(),
  event: OrNull('What happened, in snake_case'),
  request_id: OrNull('The request it belongs to, over all services'),
  trace_id: OrNull('32 hexadecimal digits'),
  span_id: OrNull('16 hexadecimal digits'),
  user_id: OrNull('The account it was done for'),
  product: OrNull('The product it is about'),
  fields: Type.Record(Type.String(), Type.Unknown(), { description: 'All else that the line says' }),
});

export const listLogs = route({
  method: 'GET',
  url: '/api/logs',
  access: { role: 'admin', scope: 'logs:read' },
  schema: {
    tags: ['logs'],
    summary: 'Log entries, newest first (administrators)',
    querystring: Type.Object(
      {
        ...pageQuery,
        level: Type.Optional(Type.Enum([...LOG_LEVELS], { description: 'This level and above' })),
        service: Type.Optional(Type.String({ maxLength: 40 })),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        count: Type.Integer(),
        logs: Type.Array(LogEntryView),
        next_cursor: NextCursor,
      }),
      ...problems('invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'),
    },
  },
});

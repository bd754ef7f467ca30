import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { PlatformStatus } from '../../platform/platform-status.ts';
import { nullable } from '../../schemas/nullable.ts';
import { route } from '../route.ts';

/** What `/health` returns: every part with its state. */
export const Health = Type.Object({
  status: Type.Enum(['ok', 'degraded']),
  service: Type.String(),
  timestamp: IsoTime,
  uptime_seconds: Type.Number(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      reason: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});

export const CIRCUITS = ['closed', 'half_open', 'open'] as const;

/** A service as the gateway sees it. */
export const UpstreamView = Type.Object({
  name: Type.String(),
  place: Type.Enum(['in_process', 'remote']),
  ok: Type.Boolean({ description: 'It is ready, or its circuit is closed' }),
  circuit: nullable(
    Type.Enum([...CIRCUITS], { description: 'Null in the same process, as is what follows from it' }),
  ),
  last_error: nullable(Type.String()),
  last_error_at: nullable(IsoTime),
  latency_ms: nullable(Type.Number({ description: 'Moving average until the head of a response' })),
  requests: nullable(Type.Integer({ description: 'Sent to it since the start' })),
  stale_answers: nullable(Type.Integer({ description: 'Cached responses sent while it failed' })),
});

export const getStatus = route({
  method: 'GET',
  url: '/api/status',
  access: 'public',
  schema: {
    tags: ['operations'],
    summary: 'State of the gateway and of every service behind it',
    response: {
      200: Type.Object({
        status: Type.Enum(['ok', 'degraded']),
        timestamp: IsoTime,
        uptime_seconds: Type.Number(),
        tokens_required: Type.Boolean(),
        upstreams: Type.Array(UpstreamView),
        platform: Type.Optional(PlatformStatus),
      }),
    },
  },
});

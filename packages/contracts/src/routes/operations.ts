import Type from 'typebox';
import { IsoTime } from '../views.ts';

/** What `/health` answers: every part with its state. */
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

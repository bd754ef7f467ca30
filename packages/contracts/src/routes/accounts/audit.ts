import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { NextCursor, routesOf } from '../route.ts';

/** Routes by which administrators look at the trail of security events. */
const auditRoute = routesOf({
  access: { role: 'admin', scope: 'logs:read' },
  failures: ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'],
});

const MAX_SEQ = 2 ** 53 - 1; // What a JSON number holds exactly.

const Hash = Type.String({ description: 'SHA-256 of the event and of the hash before it, hex' });
const Seq = Type.Integer({ description: 'Number of the event; from 1, without a gap' });

const AuditEventView = Type.Object({
  seq: Seq,
  timestamp: IsoTime,
  event: Type.String({ description: 'A security event of the catalogue of log events' }),
  details: Type.Record(Type.String(), Type.Unknown(), {
    description:
      'Ids and addresses: `user_id`, `by` (the administrator), `session_id`, `key_id`, `ip`; of `operator_command` also ' +
      '`command`, `target`, `request` and `result`',
  }),
  hash: Hash,
});

export const listAuditEvents = auditRoute('GET', '/api/admin/audit', {
  summary: 'Security events, the newest first (administrators)',
  query: {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Events of a page' }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 400, description: '`next_cursor` of the response before' }),
    ),
  },
  response: Type.Object({ events: Type.Array(AuditEventView), next_cursor: NextCursor }),
});

/** What may be wrong with the trail at an event. */
export const AUDIT_FAULTS = [
  'missing',
  'changed',
  'forged',
  'unknown_version',
  'replaced',
  'forged_anchor',
  'forged_head',
] as const;
export type AuditFault = (typeof AUDIT_FAULTS)[number];

export const getAuditVerification = auditRoute('GET', '/api/admin/audit/verify', {
  summary: 'Whether the trail of security events is as it was written (administrators)',
  description:
    'Checks a range of events: `next_from` of the response is the `from` of the next, until it is null. The trail is ' +
    'as it was written when every response is `intact` and the last one is `complete`. The first event that is not is ' +
    'named, with what is wrong.',
  query: {
    from: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_SEQ,
        description: 'Number of the first event; the oldest that is kept without',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 10_000, description: 'Events to check' }),
    ),
  },
  response: Type.Object({
    intact: Type.Boolean({ description: 'No event of the range is other than it was written' }),
    complete: Type.Boolean({ description: 'The range ends where the trail does' }),
    checked: Type.Integer({ description: 'Events that are as they were written' }),
    first_seq: nullable(Seq),
    last_seq: nullable(Seq),
    next_from: nullable(Seq),
    /** Null: none was removed. */
    removed_through: Type.Union([Type.Integer(), Type.Null()], {
      description: 'The last event that was removed because of its age; null where none was',
    }),
    newest_seq: Type.Integer({ description: 'Number of the newest event; 0 where there is none' }),
    newest_hash: nullable(Hash),
    broken: nullable(
      Type.Object({
        seq: Seq,
        fault: Type.Enum([...AUDIT_FAULTS]),
        reason: Type.String({ description: 'What that means' }),
        timestamp: nullable(IsoTime),
        event: nullable(Type.String()),
      }),
    ),
  }),
});

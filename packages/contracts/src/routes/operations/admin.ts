import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../nullable.ts';
import { problems, route } from '../route.ts';

const tags = ['admin'];
const forAdmins = ['unauthenticated', 'invalid_token', 'forbidden'] as const;

export const DEAD_LETTER_KINDS = ['message', 'job'] as const;

/** A message that a consumer gave up on, or a job that failed at every try. */
const deadLetterFields = {
  id: Type.String({ description: 'Names the letter in the other routes' }),
  kind: Type.Enum([...DEAD_LETTER_KINDS]),
  name: Type.String({ description: 'Topic of the message, or name of the job' }),
  group: nullable(Type.String({ description: 'Consumer group that gave up; null for a job' })),
  position: nullable(Type.String({ description: "The message's place in its stream; null for a job" })),
  tries: Type.Integer(),
  reason: Type.String(),
  timestamp: IsoTime,
  bytes: Type.Integer({ description: 'Size of the payload' }),
};

export const DeadLetterView = Type.Object(deadLetterFields);
export const DeadLetterDetail = Type.Object({
  ...deadLetterFields,
  content: nullable(Type.Unknown({ description: 'The payload decoded; null when it does not decode' })),
  payload_base64: Type.String(),
});

const LetterParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) });

export const listDeadLetters = route({
  method: 'GET',
  url: '/api/admin/dlq',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'Dead letters of the bus and dead jobs, newest first (administrators)',
    querystring: Type.Object(
      {
        kind: Type.Optional(Type.Enum([...DEAD_LETTER_KINDS])),
        name: Type.Optional(Type.String({ maxLength: 100, description: 'One topic or job name only' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({ count: Type.Integer(), letters: Type.Array(DeadLetterView) }),
      ...problems('invalid_request', ...forAdmins),
    },
  },
});

export const getDeadLetter = route({
  method: 'GET',
  url: '/api/admin/dlq/:id',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'One dead letter with its content (administrators)',
    params: LetterParams,
    response: { 200: DeadLetterDetail, ...problems('invalid_request', 'not_found', ...forAdmins) },
  },
});

const Done = Type.Object({ id: Type.String() });

export const replayDeadLetter = route({
  method: 'POST',
  url: '/api/admin/dlq/:id/replay',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'Send a dead letter on its way once more (administrators)',
    description: 'A message is published again and seen by every group; a job starts at its first try.',
    params: LetterParams,
    response: { 200: Done, ...problems('invalid_request', 'not_found', 'unavailable', ...forAdmins) },
  },
});

export const discardDeadLetter = route({
  method: 'POST',
  url: '/api/admin/dlq/:id/discard',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'Forget a dead letter for good (administrators)',
    params: LetterParams,
    response: { 200: Done, ...problems('invalid_request', 'not_found', 'unavailable', ...forAdmins) },
  },
});

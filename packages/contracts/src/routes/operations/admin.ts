import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';

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

export const listDeadLetters = adminRoute('GET', '/api/admin/dlq', {
  summary: 'Dead letters of the bus and dead jobs, newest first (administrators)',
  query: {
    kind: Type.Optional(Type.Enum([...DEAD_LETTER_KINDS])),
    name: Type.Optional(Type.String({ maxLength: 100, description: 'One topic or job name only' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  response: Type.Object({ count: Type.Integer(), letters: Type.Array(DeadLetterView) }),
});

export const getDeadLetter = adminRoute('GET', '/api/admin/dlq/:id', {
  summary: 'One dead letter with its content (administrators)',
  params: LetterParams,
  response: DeadLetterDetail,
  failures: ['not_found'],
});

const Done = Type.Object({ id: Type.String() });

export const replayDeadLetter = adminRoute('POST', '/api/admin/dlq/:id/replay', {
  summary: 'Send a dead letter on its way once more (administrators)',
  description: 'A message is published again and seen by every group; a job starts at its first try.',
  params: LetterParams,
  response: Done,
  failures: ['not_found', 'unavailable'],
});

export const discardDeadLetter = adminRoute('POST', '/api/admin/dlq/:id/discard', {
  summary: 'Forget a dead letter for good (administrators)',
  params: LetterParams,
  response: Done,
  failures: ['not_found', 'unavailable'],
});

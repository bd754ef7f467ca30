import Type from 'typebox';
import { Concurrency, WorkerView } from '../../platform/workers.ts';
import { problems, route } from '../route.ts';

const tags = ['admin'];
const forAdmins = ['unauthenticated', 'invalid_token', 'forbidden'] as const;

export const listWorkers = route({
  method: 'GET',
  url: '/api/admin/workers',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'Consumers that can be scaled, of every process on the bus (administrators)',
    querystring: Type.Object({}, { additionalProperties: false }),
    response: {
      200: Type.Object({ count: Type.Integer(), workers: Type.Array(WorkerView) }),
      ...problems('invalid_request', ...forAdmins),
    },
  },
});

export const scaleWorkers = route({
  method: 'POST',
  url: '/api/admin/workers/scale',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags,
    summary: 'Set how many messages the running consumers of a service process concurrently (administrators)',
    description:
      'Holds for processes that run now, until the next opening or close of a schedule; a new process begins ' +
      'with its own setting.',
    body: Type.Object(
      {
        service: Type.String({ minLength: 1, maxLength: 40, examples: ['enricher'] }),
        concurrency: Concurrency,
        worker: Type.Optional(
          Type.String({ minLength: 1, maxLength: 300, description: 'One consumer only' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        service: Type.String(),
        concurrency: Concurrency,
        workers: Type.Array(Type.String(), { description: 'Consumers that were told' }),
      }),
      ...problems('invalid_request', 'not_found', 'unavailable', ...forAdmins),
    },
  },
});

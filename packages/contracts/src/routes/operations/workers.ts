import Type from 'typebox';
import { Concurrency, WorkerView } from '../../platform/workers.ts';
import { adminRoute } from '../route.ts';

export const listWorkers = adminRoute('GET', '/api/admin/workers', {
  summary: 'Consumers that can be scaled, of every process on the bus (administrators)',
  query: {},
  response: Type.Object({ count: Type.Integer(), workers: Type.Array(WorkerView) }),
});

export const scaleWorkers = adminRoute('POST', '/api/admin/workers/scale', {
  summary: 'Set how many messages the running consumers of a service process concurrently (administrators)',
  description:
    'Holds for processes that run now, until the next opening or close of a schedule; a new process begins ' +
    'with its own setting.',
  body: {
    service: Type.String({ minLength: 1, maxLength: 40, examples: ['enricher'] }),
    concurrency: Concurrency,
    worker: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'One consumer only' })),
  },
  response: Type.Object({
    service: Type.String(),
    concurrency: Concurrency,
    workers: Type.Array(Type.String(), { description: 'Consumers that were told' }),
  }),
  failures: ['not_found', 'unavailable'],
});

import type { Service } from '../../kit/service.ts';
import type { TokenVerifier } from '../../kit/token.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import { createDeadLetterDesk } from './dead-letter-desk.ts';
import { createOperationsMetrics } from './metrics.ts';
import { deadLetterRoutes } from './routes.ts';

export interface OperationsPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  /** Who is an administrator is asked here; without it there are no routes. */
  readonly verifier?: TokenVerifier;
}

/** What an operator looks at: dead letters, and the state of bus and queue. */
export function createOperations({ bus, queue, verifier }: OperationsPorts): Service {
  return {
    name: 'operations',
    metrics: createOperationsMetrics(bus, queue),
    routes: verifier && deadLetterRoutes(createDeadLetterDesk({ bus, queue }), verifier),
    start: async () => {},
    stop: async () => {},
    ready: async () => [],
  };
}

import type { Queue } from '../../ports/queue.ts';
import type { Logger } from '../logging/log.ts';
import { writeContext } from './message-context.ts';
import { logContext, preciseNow } from './trace-context.ts';
import { inContextOfMessage } from './traced-bus.ts';

/** A queue on which a job is done in the context of who added it: a try of it is a span of that trace. */
export function traceQueue(queue: Queue, logger: Logger): Queue {
  return {
    ...queue,
    add(name, payload, options) {
      const context = logContext();
      if (context === undefined || options?.context !== undefined) return queue.add(name, payload, options);
      return queue.add(name, payload, { ...options, context: writeContext(context, preciseNow()) });
    },
    process: (name, handler, options) =>
      queue.process(
        name,
        (job, report) => {
          const span = { name: `job ${name}`, attributes: { job: job.id, tries: job.tries } };
          return inContextOfMessage(logger, job.context, span, () => handler(job, report));
        },
        options,
      ),
  };
}

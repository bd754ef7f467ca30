import type { FastifyReply } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';

/** Longest times for answers of services in this process. */
export interface Deadlines {
  watch(reply: FastifyReply, timeoutMs: number): void;
  /** There is an answer. */
  done(reply: FastifyReply): void;
  stop(): void;
}

/**
 * One timer for all requests instead of one for each, which would cost a cached answer more than everything
 * else the gateway does for it. Who is late is told `timeout` within `checkMs`; what the service answers
 * after that is dropped.
 */
export function createDeadlines(checkMs = 100): Deadlines {
  const waiting = new Map<FastifyReply, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [reply, deadline] of waiting) {
      if (deadline > now) continue;
      waiting.delete(reply);
      if (!reply.sent) reply.send(new DeltaStreamError('timeout', 'the service did not answer in time'));
    }
  }, checkMs);
  timer.unref();
  return {
    watch: (reply, timeoutMs) => void waiting.set(reply, performance.now() + timeoutMs),
    done: (reply) => void waiting.delete(reply),
    stop() {
      clearInterval(timer);
      waiting.clear();
    },
  };
}

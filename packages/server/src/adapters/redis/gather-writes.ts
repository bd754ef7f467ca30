import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

const gathering = new WeakSet<Socket>();

/**
 * Lets what is written to the connection in this turn of the event loop leave in one system call, which
 * for small commands costs more than the command. Nothing waits longer than the turn.
 */
export function gatherWrites(redis: Redis): void {
  const stream: Socket | undefined = redis.stream;
  if (!stream || stream.destroyed || gathering.has(stream)) return;
  gathering.add(stream);
  stream.cork();
  setImmediate(() => {
    gathering.delete(stream);
    stream.uncork();
  });
}

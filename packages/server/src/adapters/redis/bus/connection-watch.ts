import type { Redis } from 'ioredis';
import type { BusConnection } from '../../../ports/bus.ts';
import { connectionFault } from '../connection.ts';

/** Tells of a connection that is made already, until `stop`. */
export function watchConnection(redis: Redis): BusConnection & { stop(): void } {
  const listeners = new Set<(connected: boolean) => void>();
  let connected = redis.status === 'ready';

  function change(now: boolean): void {
    if (connected === now) return;
    connected = now;
    for (const listener of listeners) listener(now);
  }
  const back = () => change(true);
  const away = () => change(false);
  redis.on('ready', back);
  redis.on('close', away);

  return {
    get connected() {
      return connected;
    },
    get reason() {
      return connected ? null : connectionFault(redis);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      redis.off('ready', back);
      redis.off('close', away);
      listeners.clear();
    },
  };
}

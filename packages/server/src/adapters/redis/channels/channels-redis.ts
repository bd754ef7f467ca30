import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { TextChannels } from '../../../ports/text-channels.ts';
import { connect, connectionFault, createConnection, replyWithin } from '../connection.ts';
import type { RedisSettings } from '../settings.ts';

export interface RedisChannelsOptions extends RedisSettings {
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly logger: Logger;
}

/** Pub/sub of a Redis. Connects at the first use; a subscription has a connection of its own, as Redis demands. */
export function createRedisChannels(options: RedisChannelsOptions): TextChannels {
  const warnPaced = createPacedWarning(options.logger);
  const onProblem = (reason: string) =>
    warnPaced('connection', 'channels_connection_failed', { name: options.name, reason });
  const connection = () => createConnection({ ...options, onProblem });
  const sender = connection();
  const subscribers = new Set<ReturnType<typeof connection>>();
  let sending: Promise<void> | null = null;

  return {
    async subscribe(channels, handler) {
      const subscriber = connection();
      subscribers.add(subscriber);
      subscriber.on('message', handler);
      try {
        await connect(subscriber, options.url);
        await replyWithin(options.answerTimeoutMs, subscriber.subscribe(...channels));
      } catch (error) {
        subscribers.delete(subscriber);
        subscriber.disconnect();
        throw error;
      }
      return {
        async stop() {
          subscriber.off('message', handler);
          subscribers.delete(subscriber);
          subscriber.disconnect();
        },
      };
    },
    async send(messages) {
      sending ??= connect(sender, options.url).catch((error) => {
        sending = null;
        throw error;
      });
      await sending;
      const pipeline = sender.pipeline();
      for (const { channel, text, keys = [], ttlMs = 1 } of messages) {
        for (const key of keys) pipeline.set(key, text, 'PX', ttlMs);
        pipeline.publish(channel, text);
      }
      const replies = await replyWithin(options.answerTimeoutMs, pipeline.exec());
      const failed = replies?.find(([error]) => error !== null);
      if (failed) throw new Error(reasonOf(failed[0]));
    },
    problem() {
      const used = [...subscribers, ...(sending === null ? [] : [sender])];
      return used.map(connectionFault).find((fault) => fault !== null) ?? null;
    },
    async close() {
      for (const each of [sender, ...subscribers]) each.disconnect();
      subscribers.clear();
    },
  };
}

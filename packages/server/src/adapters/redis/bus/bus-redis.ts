import { hostname } from 'node:os';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import { connect, connectionCheck, createConnection, whenReady } from '../connection.ts';
import { watchEvictionPolicy } from '../eviction-policy.ts';
import { createScript } from '../script.ts';
import { watchConnection } from './connection-watch.ts';
import { numberKey, ownerKey, topicsKey } from './keys.ts';
import { createPublisher } from './publisher.ts';
import { findDeadLetter, listDeadLetters, removeDeadLetter } from './reading/dead-letters.ts';
import { startFollower } from './reading/follower.ts';
import { ensureGroup } from './reading/group-scripts.ts';
import { startMember } from './reading/member.ts';
import { REDIS_BUS_DEFAULTS, type RedisBusOptions, type RedisBusSettings } from './settings.ts';
import { createTopic, type RedisTopic } from './topic/topic.ts';
import { comparePositions, MEASURE_ONLY, measureTopic } from './topic/topic-measure.ts';

export type { RedisBusOptions } from './settings.ts';

const DRAIN_POLL_MS = 10; // A look is two commands; who drains waits for the last frames of seconds of work.
const NOTHING_YET: Position = '0-0';

/** KEYS: the last number. ARGV: the least to give. */
const takeNumber = createScript(`#!lua flags=allow-oom
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local number = string.format('%.0f', math.max(last + 1, tonumber(ARGV[1])))
redis.call('SET', KEYS[1], number)
return number
`);

/**
 * A bus of many processes on Redis Streams (7.0 or later). Rejects with `unavailable` when Redis cannot
 * be reached and with `invalid_setting` when it may evict streams; after that it survives whatever Redis does: see README.md.
 */
export async function createRedisBus(options: RedisBusOptions): Promise<Bus> {
  const settings: RedisBusSettings = withDefaults(REDIS_BUS_DEFAULTS, options);
  const { logger, prefix } = settings;
  const topics = new Map<string, RedisTopic>();
  const subscriptions = new Set<Subscription>();
  let members = 0;
  let closed: Promise<void> | null = null;

  const open = (name: string, extraSilenceMs = 0) =>
    createConnection({
      ...settings,
      name: `${prefix}:${name}`,
      answerTimeoutMs: settings.answerTimeoutMs + extraSilenceMs,
      onProblem: (reason) => logger.event('bus_connection_failed', { connection: name, reason }),
    });
  const commands = open('bus');
  await connect(commands, settings.url);
  const eviction = await watchEvictionPolicy(commands, {
    use: 'bus',
    url: settings.url,
    logger,
    intervalMs: settings.policyCheckMs,
  }).catch((error) => {
    commands.disconnect();
    throw error;
  });
  const connection = watchConnection(commands);
  const publisher = createPublisher(commands, settings);

  const topicOf = (name: string): RedisTopic => {
    if (closed) throw new DeltaStreamError('stopped', `bus is closed; topic ${name} is not available`);
    let found = topics.get(name);
    if (!found) {
      found = createTopic(commands, name, settings);
      topics.set(name, found);
    }
    return found;
  };

  const openReader = async (name: string, silenceMs: number) => {
    const reader = open(name, silenceMs);
    await connect(reader, settings.url);
    return reader;
  };

  const keep = <T extends Subscription>(subscription: T): T => {
    const tracked: T = {
      ...subscription,
      async stop() {
        await subscription.stop();
        subscriptions.delete(tracked);
      },
    };
    subscriptions.add(tracked);
    return tracked;
  };

  /** Makes this process's topics known to all, learns theirs, and measures each. */
  const measureAll = async () => {
    const known = new Set(await commands.smembers(topicsKey(prefix)));
    for (const name of known) topicOf(name);
    // First, since it makes room on a server that is too full to learn a name.
    await Promise.all([...topics.values()].map((topic) => topic.trim()));
    const unknown = [...topics.keys()].filter((name) => !known.has(name));
    if (unknown.length > 0) await commands.sadd(topicsKey(prefix), ...unknown);
  };
  let measuring = false;
  const timer = setInterval(() => {
    if (measuring || commands.status !== 'ready') return;
    measuring = true;
    measureAll()
      .catch((error) => logger.event('topics_not_measured', { reason: reasonOf(error) }))
      .finally(() => {
        measuring = false;
      });
  }, settings.statsIntervalMs);
  await measureAll();

  const drainedUpTo = async (topic: RedisTopic, target: Position): Promise<boolean> => {
    const { last, groups } = await measureTopic(commands, topic.keys, MEASURE_ONLY);
    // A server that lost its newest frames will never reach the target.
    const reachable = comparePositions(last, target) < 0 ? last : target;
    return groups.every(
      ({ oldest, lastDelivered }) =>
        (oldest === null || comparePositions(oldest, reachable) > 0) &&
        comparePositions(lastDelivered, reachable) >= 0,
    );
  };

  const lastPositions = async () => {
    const own = [...topics.values()];
    const measures = await Promise.all(own.map(({ keys }) => measureTopic(commands, keys, MEASURE_ONLY)));
    return new Map(own.map((topic, i) => [topic, measures[i].last]));
  };

  const stopAll = async () => {
    publisher.close();
    clearInterval(timer);
    connection.stop();
    eviction.stop();
    const stopped = Promise.all([...subscriptions].map((each) => each.stop()));
    await within(settings.closeTimeoutMs, stopped, () => undefined);
    commands.disconnect();
  };

  return {
    connection,

    publish: async (name, frame, context) => publisher.publish(topicOf(name), frame, context),

    async consume(name, group, handler, consumeOptions) {
      const topic = topicOf(name);
      members += 1;
      const consumer = `${hostname()}-${pid}-${members}-${Date.now().toString(36)}`;
      await commandsReady();
      await ensureGroup(commands, [topic.keys.frames], [group]);
      const reader = await openReader(`${group}:${name}`, settings.visibilityMs);
      await topic.trim();
      const concurrency = consumeOptions?.concurrency ?? 1;
      return keep(startMember({ commands, reader, topic, group, consumer, concurrency, handler, settings }));
    },

    async claim(group, owner, { takeOver = false } = {}) {
      await commandsReady();
      const key = ownerKey(prefix, group);
      if (takeOver) await commands.set(key, owner);
      return (await commands.set(key, owner, 'NX', 'GET')) ?? owner;
    },

    async nextNumber(name, atLeast) {
      await commandsReady();
      return Number(await takeNumber(commands, [numberKey(prefix, name)], [atLeast]));
    },

    async follow(name, from, handler) {
      const topic = topicOf(name);
      await commandsReady();
      const { last, added } = await topic.trim();
      const reader = await openReader(`followers:${name}`, 1_000);
      const start = from === 'latest' ? last : from;
      const offset = start === last ? added : null;
      const parts = { commands, reader, topic, from: start, offset, handler, settings };
      return keep({ ...startFollower(parts), from: start });
    },

    earliest: (positions) =>
      positions.reduce((first, each) => (comparePositions(each, first) < 0 ? each : first)),

    deadLetters: async (name, limit) => listDeadLetters(commands, topicOf(name), limit),

    deadLetter: async (name, id) => findDeadLetter(commands, topicOf(name), id),

    async replayDeadLetter(name, id) {
      const topic = topicOf(name);
      const letter = await findDeadLetter(commands, topic, id);
      if (letter === null) return false;
      await publisher.publish(topic, letter.frame);
      await removeDeadLetter(commands, topic, id);
      return true;
    },

    discardDeadLetter: async (name, id) => removeDeadLetter(commands, topicOf(name), id),

    checks: () => [connectionCheck('bus', commands), eviction.check()],

    stats: () => [...topics.values()].flatMap(({ figures }) => figures.stats()),

    pressure: (name) => topics.get(name)?.pressure() ?? 0,

    async drained() {
      // A handler of one topic may publish to the next, so one quiet pass over all topics is needed.
      for (let quiet = false; !quiet && !closed; ) {
        const targets = await lastPositions();
        for (const [topic, target] of targets) {
          while (!closed && !(await drainedUpTo(topic, target))) await sleep(DRAIN_POLL_MS);
        }
        const now = closed ? targets : await lastPositions();
        quiet = [...now].every(([topic, last]) => last === (targets.get(topic) ?? NOTHING_YET));
      }
      await Promise.all([...topics.values()].map((topic) => topic.trim()));
    },

    close() {
      closed ??= stopAll();
      return closed;
    },
  };

  async function commandsReady(): Promise<void> {
    if (await whenReady(commands, settings.connectTimeoutMs)) return;
    throw new DeltaStreamError('unavailable', 'Redis is away', { retryAfterSeconds: 1 });
  }
}

import type { Redis } from 'ioredis';
import type { DeadLetter } from '../../../../ports/bus.ts';
import type { RedisTopic } from '../topic/topic.ts';
import { pairs } from '../topic/topic-measure.ts';

type Entry = [Buffer, Buffer[]];

/** The newest dead letters of a topic, oldest first. */
export async function listDeadLetters(
  redis: Redis,
  topic: RedisTopic,
  limit?: number,
): Promise<DeadLetter[]> {
  const count = limit === undefined ? [] : ['COUNT', limit];
  const newestFirst = (await redis.callBuffer('XREVRANGE', topic.keys.dead, '+', '-', ...count)) as Entry[];
  return newestFirst.map((entry) => letterOf(topic.name, entry)).reverse();
}

export async function findDeadLetter(
  redis: Redis,
  topic: RedisTopic,
  id: string,
): Promise<DeadLetter | null> {
  if (!/^\d+-\d+$/.test(id)) return null;
  const [entry] = (await redis.callBuffer('XRANGE', topic.keys.dead, id, id)) as Entry[];
  return entry ? letterOf(topic.name, entry) : null;
}

/** True for the one caller that took it away. */
export async function removeDeadLetter(redis: Redis, topic: RedisTopic, id: string): Promise<boolean> {
  if (!/^\d+-\d+$/.test(id)) return false;
  return (await redis.xdel(topic.keys.dead, id)) === 1;
}

function letterOf(topic: string, [id, flat]: Entry): DeadLetter {
  const fields = new Map(pairs(flat).map(([name, value]) => [name.toString(), value]));
  const text = (name: string) => fields.get(name)?.toString() ?? '';
  return {
    id: id.toString(),
    topic,
    group: text('group'),
    frame: fields.get('f') ?? Buffer.alloc(0),
    position: text('position'),
    deliveries: Number(text('deliveries')),
    reason: text('reason'),
    at: Number(text('at')),
  };
}

import type { Redis } from 'ioredis';
import type { Position } from '../../../../ports/bus.ts';
import { type TopicKeys, topicKeys } from '../keys.ts';
import type { RedisBusSettings } from '../settings.ts';
import { createTopicFigures, type TopicFigures } from './topic-figures.ts';
import { measureTopic, type TopicMeasure } from './topic-measure.ts';

/** One topic as this process sees it: its keys, its figures, and the trimming of what it publishes. */
export interface RedisTopic {
  readonly name: string;
  readonly keys: TopicKeys;
  readonly figures: TopicFigures;
  /** To be called for every frame that is in the stream. */
  published(bytes: number): void;
  /** Trims and measures; at most one at a time, callers in between share it. */
  trim(): Promise<TopicMeasure>;
  /** Share of the bound that the slowest group is behind; 1 and more is at the bound. */
  pressure(): number;
  /** True under the `wait` policy while a group is further behind than the bound. */
  overflowing(): boolean;
}

interface Mark {
  readonly added: number;
  readonly last: Position;
}

/** Frame size assumed of a stream in which there are none, bytes: a chain of 100 strikes. */
const FIRST_GUESS_BYTES = 7_000;
const SAMPLED_FRAMES = 16; // Their mean size stands for that of all.
/** Of one a measurement; history that is older than all of them is kept longer than it must. */
const MARKS_KEPT = 64;

export function createTopic(redis: Redis, name: string, settings: RedisBusSettings): RedisTopic {
  const keys = topicKeys(settings.prefix, name);
  const figures = createTopicFigures(name);
  let marks: Mark[] = [];
  const resumeMs = settings.resumed.includes(name) ? settings.resumeMs : 0;
  let meanBytes = 0;
  let sinceTrim = 0;
  let running: Promise<TopicMeasure> | null = null;

  const framesOf = (bytes: number) => Math.floor(bytes / (meanBytes || FIRST_GUESS_BYTES));
  const limit = () => Math.max(1, framesOf(settings.maxBacklogBytes));
  /** Frames that stay though everybody acknowledged them, at most. */
  const mostHistory = () =>
    resumeMs === 0
      ? settings.historyLength
      : Math.max(settings.historyLength, framesOf(settings.resumeBytes));

  const remember = ({ added, last }: TopicMeasure) => {
    // The stream began anew: what was noted of the old one means nothing.
    if (marks.some((mark) => mark.added > added)) marks = [];
    if (marks.at(-1)?.added !== added) marks.push({ added, last });
    const old = marks.findLastIndex((mark) => mark.added <= added - mostHistory());
    marks = marks.slice(Math.max(0, old)).slice(-MARKS_KEPT);
  };

  /** The newest noted position that has so many frames behind it. */
  const before = (frames: number): Position => {
    const newest = marks.at(-1)?.added ?? 0;
    return marks.findLast(({ added }) => added <= newest - frames)?.last ?? '0-0';
  };

  /** A process that only consumes learns from the stream how large frames are: a wrong bound drops them. */
  const learnSize = async () => {
    const newest = await redis.xrevrangeBuffer(keys.frames, '+', '-', 'COUNT', SAMPLED_FRAMES);
    const bytes = newest.reduce((sum, [, fields]) => sum + fields[1].length, 0);
    if (newest.length > 0 && meanBytes === 0) meanBytes = bytes / newest.length;
  };

  const trim = async (): Promise<TopicMeasure> => {
    sinceTrim = 0;
    if (meanBytes === 0) await learnSize();
    const drops = settings.overflow === 'drop_oldest' ? limit() : 0;
    const order = {
      history: settings.historyLength,
      upTo: before(settings.historyLength),
      ...{ resumeMs, resumeFrom: before(mostHistory()) },
      limit: drops,
      most: 2 * settings.trimEvery,
    };
    const measure = await measureTopic(redis, keys, order);
    remember(measure);
    figures.measured(measure);
    return measure;
  };

  const trimOnce = () => {
    running ??= trim().finally(() => {
      running = null;
    });
    return running;
  };

  return {
    name,
    keys,
    figures,
    trim: trimOnce,
    published(bytes) {
      figures.published();
      meanBytes = meanBytes === 0 ? bytes : meanBytes + (bytes - meanBytes) / 64;
      sinceTrim += 1;
      // A failure shows at the next publication, which goes the same way.
      if (sinceTrim >= settings.trimEvery) trimOnce().catch(() => undefined);
    },
    pressure: () => figures.behind() / limit(),
    overflowing: () => settings.overflow === 'wait' && figures.behind() >= limit(),
  };
}

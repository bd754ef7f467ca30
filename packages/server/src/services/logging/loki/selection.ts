import { LOG_LEVELS } from '@deltastream/contracts';
import type { LogCriteria, LogGroup, LogLevel, LogStore } from '../../../ports/stores/logs/log-store.ts';
import {
  COUNTED_LABELS,
  type CountedLabel,
  isStreamLabel,
  type Labels,
  STREAM_LABELS,
  STREAM_NAMES,
} from './labels.ts';
import type { LogQuery, Matcher, Stage } from './logql/query.ts';

/** Epoch milliseconds; `toMs` is exclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Groups of one count: steps of a panel times streams. */
const MAX_GROUPS = 100_000;

/**
 * What the log store can leave out by itself. It may let through lines that are not of the query, never the other way round;
 * null: no entry can be of it.
 */
export function criteriaOfQuery(
  { matchers, stages }: Pick<LogQuery, 'matchers' | 'stages'>,
  range: TimeRange,
): LogCriteria | null {
  const texts: string[] = [];
  const found: Record<string, unknown> = {};
  for (const { label, operator, value } of matchers) {
    if (operator !== '=' || value === '') continue;
    if (!isStreamLabel(label)) return null;
    if (label !== 'level') found[STREAM_LABELS[label]] = value;
    else if (LOG_LEVELS.some((level) => level === value)) found.levels = [value as LogLevel];
    else return null;
  }
  for (const stage of stages) {
    // A parser may make the label that is asked for after it.
    if (stage.kind !== 'line' && stage.kind !== 'filter') break;
    if (stage.kind === 'line') {
      const [text] = stage.values;
      if (stage.operator === '|=' && stage.values.length === 1 && isSearchable(text)) texts.push(text);
    } else if (stage.condition.kind === 'match') {
      const { label, operator, value } = stage.condition;
      const name = IDS[label];
      if (name !== undefined && operator === '=' && value !== '') found[name] = value;
    }
  }
  return { ...found, texts, ...range };
}

const IDS: Readonly<Record<string, 'traceId' | 'requestId' | 'userId'>> = {
  ...{ trace_id: 'traceId', request_id: 'requestId', user_id: 'userId' },
};

/** Letters of some other alphabets are small in more than one way, by what is around them. */
const isSearchable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** Whether labels of streams tell all that stages ask for, so that no line need be read. */
export function areOfStreams(stages: readonly Stage[]): boolean {
  return stages.every((stage) => {
    if (stage.kind === 'drop') return stage.names.every((name) => name.startsWith('__error'));
    return (
      stage.kind === 'filter' && stage.condition.kind === 'match' && isStreamLabel(stage.condition.label)
    );
  });
}

/** The matchers, and those stages that are matchers, too. */
export function matchersOf({ matchers, stages }: LogQuery): Matcher[] {
  const others = stages.flatMap((stage) =>
    stage.kind === 'filter' && stage.condition.kind === 'match' ? [stage.condition] : [],
  );
  return [...matchers, ...others];
}

export interface StreamCount {
  readonly labels: Labels;
  readonly fromMs: number | null;
  readonly count: number;
}

/** Numbers of entries by the labels of streams; by all of them, or by those that are named. */
export async function countStreams(
  logs: LogStore,
  matchers: readonly Matcher[],
  range: TimeRange,
  { names = STREAM_NAMES, stepMs = null }: { names?: readonly CountedLabel[]; stepMs?: number | null } = {},
): Promise<StreamCount[]> {
  const criteria = criteriaOfQuery({ matchers, stages: [] }, range);
  if (criteria === null || range.fromMs >= range.toMs) return [];
  const asked = matchers.map(({ label }) => label).filter(isStreamLabel);
  const by = [...new Set([...names, ...asked])];
  const grouping = { by: by.map((name) => COUNTED_LABELS[name]), stepMs, maxGroups: MAX_GROUPS };
  const labelled = (group: LogGroup): StreamCount => {
    const labels: Record<string, string> = {};
    for (const [i, name] of by.entries()) {
      const value = group.values[i];
      if (value !== null && value !== '') labels[name] = value;
    }
    return { labels, fromMs: group.fromMs, count: group.count };
  };
  return (await logs.count(criteria, grouping))
    .map(labelled)
    .filter(({ labels }) => matchers.every(({ label, fits }) => fits(labels[label] ?? '')));
}

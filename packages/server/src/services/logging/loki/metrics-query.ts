import { DeltaStreamError } from '../../../kit/errors.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import { isCounted, keyOfLabels, type Labels, STREAM_NAMES } from './labels.ts';
import type { Aggregation, Binary, Grouping, Metric, RangeCount } from './logql/query.ts';
import { allLabels, ERROR_LABEL } from './pipeline.ts';
import { type Budget, scan } from './scan.ts';
import { areOfStreams, countStreams, matchersOf } from './selection.ts';

/** Instants at which a query is evaluated, in epoch milliseconds: `firstMs`, `firstMs + stepMs`, ... */
export interface Steps {
  readonly firstMs: number;
  readonly stepMs: number;
  readonly count: number;
}

export interface Series {
  readonly labels: Labels;
  /** By step; undefined where there is no value. */
  readonly values: (number | undefined)[];
}

export type MetricResult =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly series: readonly Series[] };

export interface MetricParts {
  readonly logs: LogStore;
  readonly steps: Steps;
  readonly budget: Budget;
  readonly maxSeries: number;
}

/** The values of a metric query. A range at an instant holds its first millisecond and not its last one, the instant. */
export async function evaluate(metric: Metric, parts: MetricParts): Promise<MetricResult> {
  switch (metric.kind) {
    case 'scalar':
      return { kind: 'scalar', value: metric.value };
    case 'vector':
      return series([{ labels: {}, values: filled(parts.steps, metric.value) }]);
    case 'range':
      return series(await countRange(metric, null, parts));
    case 'aggregation': {
      const { inner, by, of } = metric;
      // A sum of counts is a count by fewer labels.
      if (of === 'sum' && inner.kind === 'range') return series(await countRange(inner, by, parts));
      const found = await evaluate(inner, parts);
      if (found.kind === 'scalar') throw invalid(`${of}() needs series; this is a number`);
      return series(aggregate(of, by, found.series, parts.steps));
    }
    default:
      return combine(metric, await evaluate(metric.left, parts), await evaluate(metric.right, parts));
  }
}

const series = (found: readonly Series[]): MetricResult => ({ kind: 'series', series: found });
const filled = ({ count }: Steps, value: number) => new Array<number | undefined>(count).fill(value);
const invalid = (message: string) => new DeltaStreamError('invalid_request', message);

/** Changes of a count from one step to the next, by labels. */
interface Changes {
  readonly labels: Labels;
  readonly changes: Float64Array;
}

async function countRange(metric: RangeCount, by: Grouping | null, parts: MetricParts): Promise<Series[]> {
  const { query, rangeMs, offsetMs } = metric;
  const { steps, logs, budget, maxSeries } = parts;
  const firstMs = steps.firstMs - offsetMs;
  const lastMs = firstMs + (steps.count - 1) * steps.stepMs;
  const range = { fromMs: Math.max(0, firstMs - rangeMs), toMs: lastMs };
  const found = new Map<string, Changes>();
  /** Counts entries of a time in each step whose range has them. */
  const add = (all: Labels, timeMs: number, count: number) => {
    const labels = by === null ? all : grouped(all, by);
    const key = keyOfLabels(labels);
    let line = found.get(key);
    if (line === undefined) {
      if (found.size >= maxSeries)
        throw invalid(`maximum of series (${maxSeries}) reached for a single query; sum by fewer labels`);
      line = { labels, changes: new Float64Array(steps.count + 1) };
      found.set(key, line);
    }
    const first = Math.max(0, Math.floor((timeMs - firstMs) / steps.stepMs) + 1);
    const last = Math.min(steps.count - 1, Math.floor((timeMs + rangeMs - firstMs) / steps.stepMs));
    if (first > last) return;
    line.changes[first] += count;
    line.changes[last + 1] -= count;
  };

  const stepMs = steps.count === 1 ? null : divisor(divisor(steps.stepMs, rangeMs), firstMs);
  const isFew = stepMs === null || (range.toMs - range.fromMs) / stepMs <= MAX_BUCKETS;
  const isOpen = by === null || by.without;
  if (areOfStreams(query.stages) && isFew && (isOpen || by.labels.every(isKnown))) {
    const names = isOpen ? STREAM_NAMES : by.labels.filter(isCounted);
    for (const { labels, fromMs, count } of await countStreams(logs, matchersOf(query), range, {
      names,
      stepMs,
    })) {
      add(labels, fromMs ?? range.fromMs, count);
    }
  } else {
    await scan(logs, query, range, 'oldest', budget, (line) => {
      const error = line.parsed[ERROR_LABEL];
      if (error !== undefined) {
        const message = `pipeline error: '${error}' in a line that is counted; leave such lines out with | __error__="", or drop __error__`;
        throw invalid(message);
      }
      // Ids and fields are labels where they are named: else each line would be a series.
      add(isOpen ? { ...line.stream, ...line.parsed } : allLabels(line), line.timestampMs, 1);
      return true;
    });
  }
  const perSecond = metric.of === 'rate' ? rangeMs / 1_000 : 1;
  return Array.from(found.values(), ({ labels, changes }) => {
    let count = 0;
    const values = filled(steps, 0).map((_, i) => {
      count += changes[i];
      return count === 0 ? undefined : count / perSecond;
    });
    return { labels, values };
  }).filter(({ values }) => values.some((value) => value !== undefined));
}

/** Steps of a count of the store; with more the lines are read, which is bounded, too. */
const MAX_BUCKETS = 25_000;

/** Grafana asks by `detected_level`, too, which Loki guesses where a line says none. */
const isKnown = (name: string): boolean => isCounted(name) || name === 'detected_level';

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function grouped(labels: Labels, { without, labels: names }: Grouping): Labels {
  const isKept = (name: string) => names.includes(name) !== without;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => isKept(name)));
}

const REDUCE: Readonly<Record<Aggregation['of'], (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => REDUCE.sum(values) / values.length,
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
  count: (values) => values.length,
};

function aggregate(of: Aggregation['of'], by: Grouping, given: readonly Series[], steps: Steps): Series[] {
  const groups = Map.groupBy(given, ({ labels }) => keyOfLabels(grouped(labels, by)));
  return Array.from(groups.values(), (members) => ({
    labels: grouped(members[0].labels, by),
    values: filled(steps, 0).map((_, i) => {
      const values = members.map((each) => each.values[i]).filter((value) => value !== undefined);
      return values.length === 0 ? undefined : REDUCE[of](values);
    }),
  }));
}

const APPLY: Readonly<Record<Binary['operator'], (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** Series of two sides belong together where all their labels are the same. */
function combine({ operator }: Binary, left: MetricResult, right: MetricResult): MetricResult {
  const apply = APPLY[operator];
  const both = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : apply(a, b);
  if (left.kind === 'scalar') {
    if (right.kind === 'scalar') return { kind: 'scalar', value: apply(left.value, right.value) };
    return series(
      right.series.map(({ labels, values }) => ({ labels, values: values.map((v) => both(left.value, v)) })),
    );
  }
  if (right.kind === 'scalar')
    return series(
      left.series.map(({ labels, values }) => ({ labels, values: values.map((v) => both(v, right.value)) })),
    );
  const others = new Map(right.series.map((each) => [keyOfLabels(each.labels), each.values]));
  return series(
    left.series.flatMap(({ labels, values }) => {
      const other = others.get(keyOfLabels(labels));
      return other === undefined ? [] : [{ labels, values: values.map((value, i) => both(value, other[i])) }];
    }),
  );
}

import { keyOfLabels, type Labels } from './labels.ts';
import type { MetricResult, Series, Steps } from './metrics-query.ts';
import { allLabels, type ShownLine } from './pipeline.ts';

/** What Loki answers, with its names; `resultType` stands before `result`, which readers of a stream rely on. */
export const success = (data: unknown) => ({ status: 'success', data });

const nanos = (ms: number): string => `${ms}000000`;

/**
 * Lines by stream, in the order in which they came. With `categorized` a stream has its own labels alone, and each line says
 * what are its ids and fields and what parsers found; else all of them are labels of its stream.
 */
export function streamsAnswer(lines: readonly ShownLine[], categorized: boolean) {
  return success({
    resultType: 'streams',
    ...(categorized && { encodingFlags: ['categorize-labels'] }),
    result: streamsOf(lines, categorized),
  });
}

function streamsOf(lines: readonly ShownLine[], categorized: boolean) {
  const streams = new Map<string, { stream: Labels; values: unknown[][] }>();
  for (const line of lines) {
    const stream = categorized ? line.stream : allLabels(line);
    const key = keyOfLabels(stream);
    const found = streams.get(key) ?? { stream, values: [] };
    streams.set(key, found);
    const { metadata, parsed } = line;
    const categories = {
      ...(isEmpty(metadata) ? {} : { structuredMetadata: metadata }),
      ...(isEmpty(parsed) ? {} : { parsed }),
    };
    found.values.push([nanos(line.timestampMs), line.text, ...(categorized ? [categories] : [])]);
  }
  return [...streams.values()];
}

/** What a tail sends: lines by stream, and which were left out because their reader was too slow. */
export function tailFrame(lines: readonly ShownLine[], dropped: readonly ShownLine[]): string {
  return JSON.stringify({
    streams: streamsOf(lines, false),
    dropped_entries: dropped.map((line) => ({
      timestamp: nanos(line.timestampMs),
      labels: allLabels(line),
    })),
  });
}

const isEmpty = (labels: Labels): boolean => Object.keys(labels).length === 0;

export function matrixAnswer(result: MetricResult, { firstMs, stepMs, count }: Steps) {
  const series: readonly Series[] =
    result.kind === 'series'
      ? result.series
      : [{ labels: {}, values: new Array<number>(count).fill(result.value) }];
  return success({
    resultType: 'matrix',
    result: series.map(({ labels, values }) => ({
      metric: labels,
      values: values.flatMap((value, i) =>
        value === undefined ? [] : [[(firstMs + i * stepMs) / 1_000, numberText(value)]],
      ),
    })),
  });
}

export function vectorAnswer(result: MetricResult, atMs: number) {
  const at = atMs / 1_000;
  if (result.kind === 'scalar')
    return success({ resultType: 'scalar', result: [at, numberText(result.value)] });
  return success({
    resultType: 'vector',
    result: result.series.flatMap(({ labels, values: [value] }) =>
      value === undefined ? [] : [{ metric: labels, value: [at, numberText(value)] }],
    ),
  });
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

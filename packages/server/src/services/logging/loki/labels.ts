import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';

export type Labels = Readonly<Record<string, string>>;

/** Labels of a stream, and what they are in the log store: columns of its index, so that they are counted without reading lines. */
export const STREAM_LABELS = {
  event: 'event',
  level: 'level',
  product: 'product',
  service_name: 'service',
} as const;
export type StreamLabel = keyof typeof STREAM_LABELS;

/** Labels that the log store groups by: those of streams, and ids. */
export const COUNTED_LABELS = {
  ...STREAM_LABELS,
  ...{ user_id: 'user_id', request_id: 'request_id', trace_id: 'trace_id' },
} as const;
export type CountedLabel = keyof typeof COUNTED_LABELS;
export const isCounted = (name: string): name is CountedLabel => Object.hasOwn(COUNTED_LABELS, name);

export const STREAM_NAMES = Object.keys(STREAM_LABELS) as StreamLabel[];
export const isStreamLabel = (name: string): name is StreamLabel => Object.hasOwn(STREAM_LABELS, name);

/** Objects in each other; what is deeper is one label of JSON. */
const MAX_DEPTH = 8;
const METADATA = ['request_id', 'trace_id', 'span_id', 'user_id'] as const;

/** What an entry has no value of is no label of it. */
export function streamOf(entry: LogEntry): Labels {
  const labels: Record<string, string> = {};
  for (const name of STREAM_NAMES) {
    const value = entry[STREAM_LABELS[name]];
    if (value !== null && value !== '') labels[name] = value;
  }
  return labels;
}

/** Ids and fields of an entry: `{"a":{"b":1}}` is `a_b="1"`. One with the name of a label of its stream is `NAME_extracted`. */
export function metadataOf(entry: LogEntry): Labels {
  const labels: Record<string, string> = {};
  for (const name of METADATA) {
    const value = entry[name];
    if (value !== null && value !== '') labels[name] = value;
  }
  flatten(entry.fields, (name, value) => {
    const taken = isStreamLabel(name) || Object.hasOwn(labels, name);
    labels[taken ? `${name}_extracted` : name] = value;
  });
  return labels;
}

/** Calls `add` with each value within an object, as text, by a name that is a label. */
export function flatten(
  value: object,
  add: (name: string, value: string) => void,
  prefix = '',
  depth = 1,
): void {
  for (const [key, each] of Object.entries(value)) {
    if (each === null || each === undefined) continue;
    const name = labelName(`${prefix}${key}`);
    if (typeof each === 'object' && !Array.isArray(each) && depth < MAX_DEPTH)
      flatten(each, add, `${name}_`, depth + 1);
    else add(name, textOf(each));
  }
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export function labelName(text: string): string {
  const name = text.replace(/\W/g, '_');
  return /^\d|^$/.test(name) ? `_${name}` : name;
}

/** Equal for equal labels only, whatever their order. */
export const keyOfLabels = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

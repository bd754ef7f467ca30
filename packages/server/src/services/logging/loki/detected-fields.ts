import { isStreamLabel } from './labels.ts';
import type { LogQuery } from './logql/query.ts';
import { bytesOf, durationMs } from './logql/tokens.ts';
import type { ShownLine } from './pipeline.ts';

export interface DetectedField {
  readonly label: string;
  readonly type: 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';
  readonly cardinality: number;
  /** What has to be asked for, for it to be a label; null where it is one. */
  readonly parsers: readonly string[] | null;
}

/** Values of a field that are kept: what a list of choices shows. */
const MAX_VALUES = 1_000;

/** Fields of lines, and the values that they have in them. */
export interface FieldDetection {
  add(line: ShownLine): void;
  fields(): DetectedField[];
  valuesOf(label: string): string[];
}

export function createFieldDetection(): FieldDetection {
  const found = new Map<string, { values: Set<string>; parsers: Set<string> }>();
  const see = (label: string, value: string, parser: string | null) => {
    const field = found.get(label) ?? { values: new Set(), parsers: new Set() };
    found.set(label, field);
    if (field.values.size < MAX_VALUES) field.values.add(value);
    if (parser !== null) field.parsers.add(parser);
  };
  return {
    add({ metadata, parsed, text }) {
      for (const [label, value] of Object.entries(metadata)) see(label, value, null);
      if (!text.startsWith('{')) return;
      for (const [label, value] of Object.entries(parsed)) {
        if (!label.startsWith('__') && !isStreamLabel(label)) see(label, value, 'json');
      }
    },
    fields: () =>
      Array.from(found, ([label, { values, parsers }]) => ({
        ...{ label, type: typeOf(values), cardinality: values.size },
        parsers: parsers.size === 0 ? null : [...parsers],
      })),
    valuesOf: (label) => [...(found.get(label)?.values ?? [])].sort(),
  };
}

/** The query, with what JSON in its lines says. */
export const withJson = (query: LogQuery): LogQuery => ({
  ...query,
  stages: [...query.stages, { kind: 'json', names: [] }],
});

function typeOf(values: ReadonlySet<string>): DetectedField['type'] {
  const all = [...values];
  const every = (test: (value: string) => boolean) => all.every(test);
  if (every((value) => value === 'true' || value === 'false')) return 'boolean';
  if (every((value) => /^-?\d+$/.test(value))) return 'int';
  if (every((value) => value.trim() !== '' && Number.isFinite(Number(value)))) return 'float';
  if (every((value) => durationMs(value) !== null)) return 'duration';
  return every((value) => bytesOf(value) !== null) ? 'bytes' : 'string';
}

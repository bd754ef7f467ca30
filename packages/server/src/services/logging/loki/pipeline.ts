import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';
import { flatten, type Labels, labelName, metadataOf, streamOf, textOf } from './labels.ts';
import type { Condition, ExtractedName, LogQuery, NumberCondition, Stage } from './logql/query.ts';
import { bytesOf, durationMs } from './logql/tokens.ts';

/** An entry as a query shows it. */
export interface ShownLine {
  readonly timestampMs: number;
  readonly text: string;
  /** Labels of its stream. */
  readonly stream: Labels;
  /** Ids and fields of the entry. */
  readonly metadata: Labels;
  /** What parsers found in its line. */
  readonly parsed: Labels;
}

/** What went wrong with a line; it stays among the lines. */
export const ERROR_LABEL = '__error__';

interface Work {
  readonly entry: LogEntry;
  stream: Record<string, string>;
  metadata: Record<string, string>;
  parsed: Record<string, string>;
}

type Step = (work: Work) => boolean;

/** What a query makes of an entry; null where the entry is not of it. */
export function createPipeline({ matchers, stages }: LogQuery): (entry: LogEntry) => ShownLine | null {
  const steps = stages.map(stepOf);
  return (entry) => {
    const stream = streamOf(entry);
    if (!matchers.every(({ label, fits }) => fits(stream[label] ?? ''))) return null;
    const work: Work = { entry, stream: { ...stream }, metadata: { ...metadataOf(entry) }, parsed: {} };
    if (!steps.every((step) => step(work))) return null;
    const { metadata, parsed } = work;
    return {
      ...{ timestampMs: entry.timestamp, text: entry.message },
      ...{ stream: work.stream, metadata, parsed },
    };
  };
}

export const allLabels = ({ stream, metadata, parsed }: ShownLine): Labels => ({
  ...stream,
  ...metadata,
  ...parsed,
});

function stepOf(stage: Stage): Step {
  switch (stage.kind) {
    case 'line':
      return ({ entry }) => stage.fits(entry.message);
    case 'json':
      return (work) => {
        parseJson(work, stage.names);
        return true;
      };
    case 'logfmt':
      return (work) => {
        parseLogfmt(work, stage.names);
        return true;
      };
    case 'filter':
      return (work) => holds(stage.condition, work);
    default: {
      const named = new Set(stage.names);
      const left = (labels: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(labels).filter(([name]) => named.has(name) === (stage.kind === 'keep')),
        );
      return (work) => {
        work.stream = left(work.stream);
        work.metadata = left(work.metadata);
        work.parsed = left(work.parsed);
        return true;
      };
    }
  }
}

/** A parsed label never takes the place of one that was there. */
function extract(work: Work, name: string, value: string): void {
  const taken = Object.hasOwn(work.stream, name) || Object.hasOwn(work.metadata, name);
  work.parsed[taken ? `${name}_extracted` : name] = value;
}

/** Of a line that is no JSON its fields count as what it would say: they are labels already. */
function parseJson(work: Work, names: readonly ExtractedName[]): void {
  const { message, fields } = work.entry;
  const object = jsonObject(message) ?? (/^\s*[{[]/.test(message) || isEmpty(fields) ? null : fields);
  if (object === null) {
    work.parsed[ERROR_LABEL] = 'JSONParserErr';
    return;
  }
  for (const { label, path } of names) {
    let value: unknown = object;
    for (const step of path) {
      const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
      value = isInside ? (value as Record<string | number, unknown>)[step] : undefined;
    }
    if (value !== undefined) extract(work, label, value === null ? '' : textOf(value));
  }
  if (names.length === 0 && object !== fields) flatten(object, (name, value) => extract(work, name, value));
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0;

/** A key with its value in quotes, its value to the next blank, or alone. */
const PAIR = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?/g;

function parseLogfmt(work: Work, names: readonly ExtractedName[]): void {
  const found = new Map<string, string>();
  for (const [, key, quoted, plain] of work.entry.message.matchAll(PAIR)) {
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    if (value !== undefined && value !== '') found.set(key, value);
  }
  if (names.length === 0) for (const [key, value] of found) extract(work, labelName(key), value);
  for (const { label, path } of names) {
    const value = found.get(String(path[0]));
    if (value !== undefined) extract(work, label, value);
  }
}

function holds(condition: Condition, work: Work): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((each) => holds(each, work));
    case 'or':
      return condition.of.some((each) => holds(each, work));
    case 'match':
      return condition.fits(labelOf(work, condition.label) ?? '');
    default:
      return holdsAsNumber(condition, work);
  }
}

const labelOf = ({ stream, metadata, parsed }: Work, name: string): string | undefined =>
  [parsed, metadata, stream].find((labels) => Object.hasOwn(labels, name))?.[name];

const READ: Readonly<Record<NumberCondition['unit'], (text: string) => number | null>> = {
  number: (text) => (text.trim() === '' ? null : finite(Number(text))),
  duration: durationMs,
  bytes: (text) => bytesOf(text) ?? finite(Number(text)),
};
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function holdsAsNumber({ label, operator, unit, value }: NumberCondition, work: Work): boolean {
  const text = labelOf(work, label);
  if (text === undefined) return false;
  const given = READ[unit](text);
  if (given === null) {
    // As Loki does: the line stays, and says why it could not be compared.
    work.parsed[ERROR_LABEL] ??= 'LabelFilterErr';
    return true;
  }
  switch (operator) {
    case '=':
      return given === value;
    case '!=':
      return given !== value;
    case '>':
      return given > value;
    case '>=':
      return given >= value;
    case '<':
      return given < value;
    default:
      return given <= value;
  }
}

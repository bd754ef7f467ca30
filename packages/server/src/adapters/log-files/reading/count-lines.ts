import { fieldText } from '../../../ports/stores/logs/log-store.ts';
import type { BlockColumns } from '../blocks/block.ts';
import type { KnownBlock } from '../blocks/day-index.ts';
import { isColumn, isKey, namedText, type StoredLine } from '../blocks/line.ts';
import type { Column, Group, ReaderRequest } from '../messages.ts';
import type { FolderReader } from './folder-reader.ts';
import { createLineTest } from './line-test.ts';
import { type Deadline, eachLine } from './search.ts';

export type CountRequest = Extract<ReaderRequest, { kind: 'count' }>;

/** Counts lines by the step of time and the values of names, from the columns of blocks alone where they tell. */
export function countLines(
  reader: FolderReader,
  request: CountRequest,
  levels: readonly string[],
  deadline: Deadline,
): Group[] {
  const { filter, by } = request;
  const groups = createGroups(request);
  const addLine = (line: StoredLine) =>
    groups.add(
      line.timestamp,
      by.map((name) => namedValue(line, name)),
      1,
    );
  const test = createLineTest(filter, levels);
  if (!test.byColumnsAlone || !by.every((name) => name === 'level' || isColumn(name))) {
    eachLine(reader, filter, levels, deadline, addLine);
    return groups.list();
  }
  const { current, currentId, blocks } = reader.look(filter);
  current.forEach((text, i) => {
    const line = test.byLine(text, currentId + i);
    if (line !== null) addLine(line);
  });
  for (const block of blocks) {
    deadline();
    const columns = reader.columns(block);
    const places = test.byColumns(block, () => columns);
    countBlock(block, columns, places, request, levels, groups);
  }
  return groups.list();
}

function namedValue(line: StoredLine, name: string): string | null {
  if (name === 'level') return line.level;
  return isColumn(name) || isKey(name) ? namedText(line, name) : fieldText(line.fields, name);
}

const byText = (a: readonly (string | null)[], b: readonly (string | null)[]): number =>
  String(a) < String(b) ? -1 : 1;

/** Of the values of all groups: ten thousand of those that are counted by have far less. */
const MAX_CHARACTERS = 4_194_304;

interface Groups {
  add(timestamp: number, values: readonly (string | null)[], count: number): void;
  list(): Group[];
}

function createGroups({ filter, stepMs, maxGroups }: CountRequest): Groups {
  const groups = new Map<string, { fromMs: number; values: readonly (string | null)[]; count: number }>();
  let characters = 0;
  return {
    add(timestamp, values, count) {
      const fromMs = stepMs === null ? filter.fromMs : Math.floor(timestamp / stepMs) * stepMs;
      const key = JSON.stringify([fromMs, values]);
      const group = groups.get(key);
      if (group !== undefined) {
        group.count += count;
        return;
      }
      if (groups.size >= maxGroups) throw new RangeError(`more than ${maxGroups} groups; narrow the search`);
      characters += key.length;
      if (characters > MAX_CHARACTERS)
        throw new RangeError(`groups of more than ${MAX_CHARACTERS} characters; count by shorter values`);
      groups.set(key, { fromMs, values, count });
    },
    list: () =>
      Array.from(groups.values())
        .sort((a, b) => a.fromMs - b.fromMs || b.count - a.count || byText(a.values, b.values))
        .map(({ fromMs, values, count }) => [fromMs, values, count] as const),
  };
}

/** Within a block a group is a number made of the codes of its values and its step; only groups that are there are named. */
function countBlock(
  { minMs, maxMs }: KnownBlock,
  { times, levels, codes, values }: BlockColumns,
  places: Uint32Array | null,
  { by, stepMs }: CountRequest,
  levelNames: readonly string[],
  groups: Groups,
): void {
  const parts = by.map((name) =>
    name === 'level'
      ? { codes: levels, values: levelNames }
      : { codes: codes[name as Column], values: values[name as Column] },
  );
  const count = places === null ? times.length : places.length;
  if (count === 0) return;
  const step = stepMs ?? Number.POSITIVE_INFINITY;
  const first = stepMs === null ? 0 : Math.floor(minMs / step);
  const steps = stepMs === null ? 1 : Math.floor(maxMs / step) - first + 1;
  const size = parts.reduce((product, part) => product * part.values.length, steps);
  const counts = size <= MAX_DENSE ? new Uint32Array(size) : new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const i = places === null ? n : places[n];
    let group = stepMs === null ? 0 : Math.floor(times[i] / step) - first;
    for (const part of parts) group = group * part.values.length + part.codes[i];
    if (counts instanceof Map) counts.set(group, (counts.get(group) ?? 0) + 1);
    else counts[group] += 1;
  }
  const name = (group: number, found: number) => {
    let rest = group;
    const named: (string | null)[] = [];
    for (const part of parts.toReversed()) {
      named.unshift(part.values[rest % part.values.length]);
      rest = Math.floor(rest / part.values.length);
    }
    groups.add(stepMs === null ? 0 : (first + rest) * step, named, found);
  };
  if (counts instanceof Map) for (const [group, found] of counts) name(group, found);
  else for (let group = 0; group < size; group++) if (counts[group] > 0) name(group, counts[group]);
}

/** Groups counted in an array, a quarter of a megabyte; more are looked up. */
const MAX_DENSE = 65_536;

import { fieldText } from '../../../ports/stores/logs/log-store.ts';
import type { BlockColumns } from '../blocks/block.ts';
import type { KnownBlock } from '../blocks/day-index.ts';
import { gramsOf, hasGrams } from '../blocks/grams.ts';
import { namedText, parseStored, SEARCHED_FROM, type StoredLine } from '../blocks/line.ts';
import { COLUMNS, KEYS, type LineFilter } from '../messages.ts';

/** Whether lines are among those of a filter, by as little of them as tells. */
export interface LineTest {
  /** Whether the columns tell all that the filter asks for. */
  readonly byColumnsAlone: boolean;
  /** Places of lines whose columns fit; null: all, which the block alone may tell. */
  byColumns(
    block: Pick<KnownBlock, 'id' | 'place' | 'minMs' | 'maxMs'>,
    columns: () => BlockColumns,
  ): Uint32Array | null;
  /** False: no line of the block has the texts. */
  byGrams(grams: Uint8Array): boolean;
  /** Whether texts are looked for, so that grams are worth having. */
  readonly hasTexts: boolean;
  /** What stands in each line that fits; null: nothing is known to. */
  readonly keyText: string | null;
  /** False: no line of the text of a block has the texts and the values of keys. */
  byText(text: string): boolean;
  /** The line, read, where it fits. */
  byLine(line: string, id: number): StoredLine | null;
}

/** As it stands in a line: in small letters, escaped as JSON is. */
const needleOf = (text: string): string => JSON.stringify(text).slice(1, -1).toLowerCase();

export function createLineTest(filter: LineFilter, levelNames: readonly string[]): LineTest {
  const { fromMs, toMs, beforeId } = filter;
  const levels = filter.levels === null ? null : new Set(filter.levels);
  const columns = COLUMNS.flatMap((column) => {
    const value = filter.columns[column];
    return value === undefined ? [] : [{ column, value }];
  });
  const keys = KEYS.flatMap((key) => {
    const value = filter.keys[key];
    return value === undefined ? [] : [{ key, value }];
  });
  /** A line is read for a key only where its value stands in it. */
  const keyTexts = keys.map(({ value }) => JSON.stringify(value));
  const needles = filter.texts.map(needleOf);
  // A field that is equal to a value has the value in its text.
  const looked = [...needles, ...filter.fields.map(({ value }) => needleOf(value))];
  const bits = [...new Set(looked.flatMap(gramsOf))];

  return {
    byColumnsAlone: looked.length === 0 && keys.length === 0,
    hasTexts: bits.length > 0,
    keyText: keyTexts[0] ?? null,
    byColumns({ id, place, minMs, maxMs }, read) {
      const isWithin = minMs >= fromMs && maxMs < toMs && id + place.lines <= beforeId;
      if (isWithin && levels === null && columns.length === 0) return null;
      const { times, levels: given, codes, values } = read();
      const wanted = columns.map(({ column, value }) => ({
        codes: codes[column],
        code: values[column].indexOf(value),
      }));
      if (wanted.some(({ code }) => code === -1)) return new Uint32Array();
      const places = new Uint32Array(times.length);
      let count = 0;
      for (let i = 0; i < times.length; i++) {
        if (times[i] < fromMs || times[i] >= toMs || id + i >= beforeId) continue;
        if (levels !== null && !levels.has(given[i])) continue;
        let fits = true;
        for (const { codes: all, code } of wanted) if (all[i] !== code) fits = false;
        if (fits) places[count++] = i;
      }
      return count === times.length ? null : places.slice(0, count);
    },
    byGrams: (grams) => hasGrams(grams, bits),
    byText(text) {
      if (!keyTexts.every((value) => text.includes(value))) return false;
      if (looked.length === 0) return true;
      const small = text.toLowerCase();
      return looked.every((needle) => small.includes(needle));
    },
    byLine(text, id) {
      if (id >= beforeId) return null;
      if (!keyTexts.every((value) => text.includes(value))) return null;
      if (looked.length > 0) {
        const searched = text.slice(Math.max(0, text.indexOf(SEARCHED_FROM))).toLowerCase();
        if (!looked.every((needle) => searched.includes(needle))) return null;
      }
      const line = parseStored(text);
      if (line.timestamp < fromMs || line.timestamp >= toMs) return null;
      if (levels !== null && !levels.has(levelNames.indexOf(line.level))) return null;
      if (!columns.every(({ column, value }) => namedText(line, column) === value)) return null;
      if (!keys.every(({ key, value }) => namedText(line, key) === value)) return null;
      if (!filter.fields.every(({ path, value }) => fieldText(line.fields, path) === value)) return null;
      return line;
    },
  };
}

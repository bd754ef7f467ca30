import { parseLogLine } from '../../../ports/stores/logs/log-line.ts';
import type { LineBatch, LineRules, LogLevel } from '../../../ports/stores/logs/log-store.ts';
import { parseStored, storedLine } from '../blocks/line.ts';
import { type StoredLines, StoredLinesDraft } from '../blocks/stored-lines.ts';
import type { FlatLines } from './flat-line.ts';

const LINE_BREAK = 0x0a;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Lines as loggers write them, as they are stored. */
export function readLogged(
  { bytes, count }: LineBatch,
  rules: LineRules,
  levels: readonly LogLevel[],
  flat: FlatLines,
): StoredLines {
  const draft = new StoredLinesDraft(count, bytes.length, levels);
  eachLine(bytes, count, (start, end) => {
    if (flat.add(bytes, start, end, rules, draft)) return;
    const entry = parseLogLine(utf8.decode(bytes.subarray(start, end)), rules, levels);
    draft.add(entry, storedLine(entry).slice(0, -1));
  });
  return draft.finish();
}

/** Lines that are as they are stored. */
export function readStored({ bytes, count }: LineBatch, levels: readonly string[]): StoredLines {
  const draft = new StoredLinesDraft(count, bytes.length, levels);
  eachLine(bytes, count, (start, end) => {
    const text = utf8.decode(bytes.subarray(start, end));
    draft.add(parseStored(text), text);
  });
  return draft.finish();
}

function eachLine(bytes: Uint8Array, count: number, each: (start: number, end: number) => void): void {
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(LINE_BREAK, start);
    if (end === -1) throw new Error(`${count} lines are announced and ${i} are there`);
    each(start, end);
    start = end + 1;
  }
}

import { LOG_LEVELS } from '@deltastream/contracts';
import { entryOfObject } from '../../../ports/stores/logs/log-line.ts';
import { isObject, type Taken } from './taken.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const LINE_FEED = 0x0a;

/** Lines of JSON, or one array of them; empty lines count, and are nothing. A line of more bytes is refused instead of being read. */
export function readNdjson(body: Uint8Array, taken: Taken, maxLineBytes: number, nowMs: number): void {
  if (isArray(body)) {
    readArray(body, taken, nowMs);
    return;
  }
  for (let [start, line] = [0, 1]; start < body.length; line++) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found === -1 ? body.length : found;
    if (end > start) take(body.subarray(start, end), line, taken, maxLineBytes, nowMs);
    start = end + 1;
  }
}

function isArray(body: Uint8Array): boolean {
  let first = 0;
  while (first < body.length && body[first] <= 0x20) first += 1;
  return body[first] === 0x5b;
}

function readArray(body: Uint8Array, taken: Taken, nowMs: number): void {
  let items: unknown;
  try {
    items = JSON.parse(utf8.decode(body));
  } catch {
    taken.refuse(1, 'is no JSON array in UTF-8');
    return;
  }
  for (const [i, item] of (items as unknown[]).entries()) {
    if (!isObject(item)) taken.refuse(i + 1, 'is no JSON object');
    else taken.keep(entryOfObject(item, nowMs, LOG_LEVELS));
  }
}

function take(bytes: Uint8Array, line: number, taken: Taken, maxBytes: number, nowMs: number): void {
  if (bytes.length > maxBytes) {
    taken.refuse(line, `has more than ${maxBytes} bytes`);
    return;
  }
  let text: string;
  try {
    text = utf8.decode(bytes).trim();
  } catch {
    taken.refuse(line, 'is not UTF-8');
    return;
  }
  if (text === '') return;
  const read = parsed(text);
  if (isObject(read)) taken.keep(entryOfObject(read, nowMs, LOG_LEVELS));
  else taken.refuse(line, 'is no JSON object');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

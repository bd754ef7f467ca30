import { parseLogLine } from '../log-line.ts';
import { isObject, type Taken } from './taken.ts';

export interface NdjsonLimits {
  readonly maxLine: number;
  readonly maxMessage: number;
  /** Bytes of a line beyond which it is refused instead of being read. */
  readonly ingestLineBytes: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const LINE_FEED = 0x0a;

/** Lines of JSON, or one array of them; empty lines count, and are nothing. */
export function readNdjson(body: Uint8Array, limits: NdjsonLimits, nowMs: number): Taken {
  const taken: Taken = { entries: [], refused: [] };
  if (isArray(body)) {
    readArray(body, limits, nowMs, taken);
    return taken;
  }
  for (let [start, line] = [0, 1]; start < body.length; line++) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found === -1 ? body.length : found;
    take(body.subarray(start, end), line, limits, nowMs, taken);
    start = end + 1;
  }
  return taken;
}

function isArray(body: Uint8Array): boolean {
  let first = 0;
  while (first < body.length && body[first] <= 0x20) first += 1;
  return body[first] === 0x5b;
}

function readArray(body: Uint8Array, limits: NdjsonLimits, nowMs: number, { entries, refused }: Taken): void {
  let items: unknown;
  try {
    items = JSON.parse(utf8.decode(body));
  } catch {
    refused.push({ line: 1, reason: 'is no JSON array in UTF-8' });
    return;
  }
  for (const [i, item] of (items as unknown[]).entries()) {
    if (!isObject(item)) refused.push({ line: i + 1, reason: 'is no JSON object' });
    else entries.push(parseLogLine(JSON.stringify(item), limits, nowMs));
  }
}

function take(bytes: Uint8Array, line: number, limits: NdjsonLimits, nowMs: number, taken: Taken): void {
  const { entries, refused } = taken;
  if (bytes.length > limits.ingestLineBytes) {
    refused.push({ line, reason: `has more than ${limits.ingestLineBytes} bytes` });
    return;
  }
  let text: string;
  try {
    text = utf8.decode(bytes).trim();
  } catch {
    refused.push({ line, reason: 'is not UTF-8' });
    return;
  }
  if (text === '') return;
  try {
    if (!isObject(JSON.parse(text))) throw new SyntaxError();
  } catch {
    refused.push({ line, reason: 'is no JSON object' });
    return;
  }
  entries.push(parseLogLine(text, limits, nowMs));
}

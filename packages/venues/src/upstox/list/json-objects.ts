/** A row of an instrument list has some 500 characters. */
const LONGEST_OBJECT = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const END = 0x5d;

/**
 * The texts of the objects in a JSON array, those that arrived together at once: a list of 60 MB is never held entirely.
 * Each is checked when it is parsed. Throws where the array does not end, or an object is longer than a row can be.
 */
export async function* jsonObjects(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let ended = false;
  for await (const chunk of chunks) {
    const scanned = rest.length;
    const text = rest + decoder.decode(chunk, { stream: true });
    const objects: string[] = [];
    let start = depth > 0 ? 0 : -1;
    for (let i = scanned; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (quoted) {
        if (escaped) escaped = false;
        else if (c === BACKSLASH) escaped = true;
        else if (c === QUOTE) quoted = false;
      } else if (c === QUOTE) quoted = true;
      else if (c === OPEN) {
        if (depth++ === 0) start = i;
      } else if (c === CLOSE && depth > 0) {
        if (--depth > 0) continue;
        objects.push(text.slice(start, i + 1));
        start = -1;
      } else if (c === END && depth === 0) ended = true;
    }
    rest = start < 0 ? '' : text.slice(start);
    if (rest.length > LONGEST_OBJECT) throw new Error(`an object of more than ${LONGEST_OBJECT} characters`);
    if (objects.length > 0) yield objects;
  }
  if (!ended) throw new Error('the array does not end');
}

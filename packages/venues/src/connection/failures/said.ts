import { isObject } from '@deltastream/recordings/cells';

/** Where venues put the words of an error: Kite and Upstox, Dhan, and what is in common use. */
const WORDS = ['message', 'errorMessage', 'error_message', 'error_description', 'reason', 'error', 'errors'];
/** What was cut is no JSON any more, but it may still begin as it. */
const JSON_BEGINNING = /^\s*[[{]/;

/**
 * The words of an error that a venue sent as JSON, without the braces around them; empty where it has none that are known.
 * Other text is given back as it is.
 */
export function saidIn(body: string): string {
  if (!JSON_BEGINNING.test(body)) return body;
  try {
    return wordsOf(JSON.parse(body));
  } catch {
    return '';
  }
}

function wordsOf(value: unknown): string {
  if (typeof value === 'string') return plainWords(value);
  if (Array.isArray(value)) return wordsOf(value[0]);
  if (!isObject(value)) return '';
  const said = WORDS.map((name) => wordsOf(value[name])).find((words) => words !== '') ?? '';
  const kind = value.error_type ?? value.errorCode;
  return said !== '' && typeof kind === 'string' ? `${kind}: ${said}` : said;
}

/** A name such as `too_many_requests` as it is said; other text as it is. */
export const plainWords = (text: string): string =>
  /^[a-z]+(?:_[a-z]+)+$/.test(text) ? text.replaceAll('_', ' ') : text;

import type { IncomingMessage } from 'node:http';
import { DeltaStreamError } from '../errors.ts';

/** Headers that say one thing: a second one is a disagreement that two readers may settle differently. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'host',
  'origin',
  'traceparent',
  'x-request-id',
]);
const LENGTHS: ReadonlySet<number> = new Set([...SINGLE].map(({ length }) => length));

/** A segment of one or two dots, also when dots or slashes are encoded: it means another path to somebody. */
const DOT_SEGMENT = /(?:\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:\/|\\|%2f|%5c|$)/i;
const NUL = /%00/;

/** Why a request is refused before anything of it is used; null when it is sound. */
export function unsoundness({ rawHeaders, headers, url = '/' }: IncomingMessage): DeltaStreamError | null {
  // Node keeps one of each name, so nothing is there twice where nothing is missing.
  const doubled = 2 * Object.keys(headers).length === rawHeaders.length ? null : doubledHeader(rawHeaders);
  if (doubled !== null) return new DeltaStreamError('invalid_request', `header ${doubled}: is sent twice`);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return new DeltaStreamError('unsupported_media_type', 'an encoded body is not decoded here');
  }
  // Nearly every path has neither, so nearly none pays for the expressions.
  if (!url.includes('..') && !url.includes('%') && !url.includes('/.')) return null;
  const [path] = url.split('?', 1);
  if (DOT_SEGMENT.test(path)) {
    return new DeltaStreamError('invalid_request', 'path: has a segment of dots');
  }
  return NUL.test(path) ? new DeltaStreamError('invalid_request', 'path: has a NUL') : null;
}

/** `rawHeaders` alternates names, as they were sent, and values. */
function doubledHeader(rawHeaders: readonly string[]): string | null {
  let seen: string[] | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!LENGTHS.has(rawHeaders[i].length)) continue;
    const name = rawHeaders[i].toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen?.includes(name)) return name;
    seen ??= [];
    seen.push(name);
  }
  return null;
}

import { DeltaStreamError } from '../../../kit/errors.ts';
import type { LogCriteria, LogLevel } from '../../../ports/stores/logs/log-store.ts';

/** The query of a request for entries, as its schema lets it in. */
export interface CriteriaQuery {
  readonly from?: string;
  readonly to?: string;
  readonly level?: LogLevel;
  readonly service?: string;
  readonly event?: string;
  readonly product?: string;
  readonly user_id?: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly text?: string;
  readonly fields?: string;
}

const CURSOR = /^[1-9]\d{0,14}$/;
/** Names of a count: more are more groups than anybody reads. */
const MAX_NAMES = 4;

export function criteriaOf(query: CriteriaQuery): LogCriteria {
  const { from, to, level, service, event, product, user_id, request_id, trace_id, text, fields } = query;
  return {
    ...{ minLevel: level, service, event, product },
    ...{ userId: user_id, requestId: request_id, traceId: trace_id?.toLowerCase() },
    texts: text === undefined || text === '' ? [] : [text],
    fields: fields === undefined ? [] : fields.split(',').map(fieldOf),
    fromMs: instant('from', from),
    toMs: instant('to', to),
  };
}

function fieldOf(pair: string): { path: string; value: string } {
  const place = pair.indexOf('=');
  if (place < 1) throw invalid(`querystring.fields: "${pair}" is no name=value`);
  return { path: pair.slice(0, place), value: pair.slice(place + 1) };
}

function instant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) throw invalid(`querystring.${name}: is not an instant`);
  return epochMs;
}

export function idOf(cursor: string): number {
  if (!CURSOR.test(cursor)) throw invalid('querystring.cursor: is not from an earlier response');
  return Number(cursor);
}

export function namesOf(by: string): string[] {
  const names = by.split(',');
  if (names.length > MAX_NAMES) throw invalid(`querystring.by: has more than ${MAX_NAMES} names`);
  if (names.includes('')) throw invalid('querystring.by: has an empty name');
  return names;
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);

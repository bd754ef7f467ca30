import type { Table, TableRow } from '@deltastream/contracts';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  RouteOptions,
} from 'fastify';
import { DeltaStreamError } from '../errors.ts';
import { CSV_TYPE, toCsv } from './csv.ts';

const OFFERED = ['application/json', 'text/csv'] as const;

/**
 * Lets every route of this plugin that has a `table` answer `Accept: text/csv` with it, and refuses with
 * `not_acceptable` a client that accepts neither that nor JSON. A page's cursor becomes a `Link` to the next page.
 * Call it before the routes are registered.
 */
export function offerTables(app: FastifyInstance): void {
  app.addHook('onRoute', (route: RouteOptions & { table?: Table }) => {
    const { table } = route;
    if (table === undefined) return;
    route.onRequest = [...[route.onRequest ?? []].flat(), negotiate];
    route.preSerialization = [
      ...[route.preSerialization ?? []].flat(),
      async (request: FastifyRequest, reply: FastifyReply, response: unknown) => {
        if (reply.statusCode !== 200 || !wantsTable(request)) return response;
        const view = response as TableRow;
        const rows = table.rows(view);
        const next = view.next_cursor;
        if (typeof next === 'string') reply.header('link', `<${nextPage(request.url, next)}>; rel="next"`);
        reply.type(CSV_TYPE).serializer((text: string) => text);
        return toCsv(presentColumns(table, rows), rows);
      },
    ];
  });
}

/** True when the response will leave as a table, so that it must be an object rather than its JSON bytes. */
export function wantsTable(request: FastifyRequest): boolean {
  return preferredType(request.headers.accept, OFFERED) === 'text/csv';
}

/** Sends a response that is JSON already: it passes the serialiser of the route untouched. */
export const sendJsonBytes = (reply: FastifyReply, bytes: Uint8Array): never =>
  reply.type('application/json; charset=utf-8').send(bytes) as never;

const negotiate: onRequestHookHandler = (request, reply, done) => {
  reply.header('vary', 'accept');
  const acceptable = preferredType(request.headers.accept, OFFERED) !== null;
  if (acceptable) done();
  else done(new DeltaStreamError('not_acceptable', `this route returns ${OFFERED.join(' or ')}`));
};

/** With `fields` a row has fewer cells than its table columns; every row has the same. */
function presentColumns({ columns }: Table, [first]: readonly TableRow[]): readonly string[] {
  return first === undefined ? columns : columns.filter((column) => column in first);
}

function nextPage(url: string, cursor: string): string {
  const [path, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
}

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * The offered media type that an `Accept` header likes best (RFC 9110, 12.5.1), the earlier one on a tie; null
 * when it takes none of them. A more specific range overrides a wider one; what cannot be read is passed over.
 */
export function preferredType<const T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | null {
  if (accept === undefined || accept === '*/*' || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').flatMap(readRange);
  let best: T | null = null;
  let bestQuality = 0;
  for (const offer of offered) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) {
      best = offer;
      bestQuality = quality;
    }
  }
  return best;
}

function readRange(text: string): Range[] {
  const [range, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [, type, subtype] = /^([^\s/]+)\/([^\s/]+)$/.exec(range) ?? [];
  if (type === undefined || subtype === undefined) return [];
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2) ?? '1';
  if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight)) return [];
  return [{ type, subtype, quality: Number(weight) }];
}

function qualityOf(offer: string, ranges: readonly Range[]): number {
  const [type, subtype] = offer.split('/');
  const match = (wantedType: string, wantedSubtype: string) =>
    ranges.find((each) => each.type === wantedType && each.subtype === wantedSubtype);
  return (match(type, subtype) ?? match(type, '*') ?? match('*', '*'))?.quality ?? 0;
}

import type { Header, Reference } from './document.ts';

const text = { type: 'string' };

/** Headers of responses, by the name they have among the components. */
export const HEADERS = {
  'X-Request-Id': {
    description:
      "Names this request in the logs: the client's own `x-request-id` (letters, digits, `._-`, at most 64), else a new one",
    schema: text,
    example: '3f0c2a4e-6f0b-4a55-9d4e-7f9c2b1d8e10',
  },
  'Cache-Control': {
    description: 'How long the response may be cached, and by whom',
    schema: text,
    example: 'no-store',
  },
  ETag: {
    description:
      'Names this state of the response; send it as `If-None-Match` to get 304 while nothing changed',
    schema: text,
    example: 'W/"5f-1a2b3c"',
  },
  RateLimit: {
    description: 'What is left of the limit and when it is full again (draft-ietf-httpapi-ratelimit-headers)',
    schema: text,
    example: '"default";r=119;t=1',
  },
  'RateLimit-Policy': {
    description: 'The limit that applies to this route',
    schema: text,
    example: '"default";q=120;w=1',
  },
  'Retry-After': {
    description: 'Seconds after which a further try makes sense',
    schema: { type: 'integer' },
    example: 2,
  },
  Allow: { description: 'The methods that this path knows', schema: text, example: 'GET, HEAD' },
  Vary: {
    description: 'Request headers on which the response depends',
    schema: text,
    example: 'accept',
  },
  Link: {
    description: 'The next page of a table, as `<path>; rel="next"`; none on the last one',
    schema: text,
    example: '</api/data/underlying/NIFTY?limit=500&cursor=MTc4NzExOTAyMDAwMA>; rel="next"',
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

/** The headers that a response of this status may carry. */
export function headersOf(status: number, isTable: boolean): Record<string, Reference> {
  const names: HeaderName[] = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'];
  if (status < 400) names.push('Cache-Control', 'ETag');
  if (status < 300 && isTable) names.push('Vary', 'Link');
  if (status === 405) names.push('Allow');
  if (status === 429 || status === 503) names.push('Retry-After');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

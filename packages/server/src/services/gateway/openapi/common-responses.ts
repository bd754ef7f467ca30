import { ERRORS, type ErrorCode, problemCodes, type Route } from '@deltastream/contracts';

/** What any request may be answered with, whatever it asks for. */
const OF_EVERY_ROUTE: readonly ErrorCode[] = [
  'invalid_request',
  'method_not_allowed',
  'request_too_slow',
  'uri_too_long',
  'unsupported_media_type',
  'too_many_requests',
  'headers_too_large',
  'internal',
  'unavailable',
  'store_failed',
  'stored_data_damaged',
  'stopped',
  'timeout',
];
const WITH_PATH_PARAMETERS: readonly ErrorCode[] = ['not_found'];
const WITH_A_BODY: readonly ErrorCode[] = ['payload_too_large'];
const WITH_A_TOKEN: readonly ErrorCode[] = ['unauthenticated', 'invalid_token', 'forbidden'];

/** Every error code that a route may answer with, by status. A route outside the contracts has the common ones. */
export function errorCodes(method: string, path: string, route: Route | undefined): Map<number, ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...(route ? problemCodes(route.schema.response) : []),
    ...OF_EVERY_ROUTE,
    ...(path.includes('{') ? WITH_PATH_PARAMETERS : []),
    ...(method === 'post' || method === 'put' ? WITH_A_BODY : []),
    ...(route && route.access !== 'public' ? WITH_A_TOKEN : []),
    ...(route?.table ? (['not_acceptable'] as const) : []),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    if (!codes.has(code)) continue;
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

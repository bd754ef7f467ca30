import { ERRORS, type ErrorCode, type Problem } from '@deltastream/contracts';
import { DeltaStreamError } from '../errors.ts';

/** What Fastify and its plugins throw, as far as it is read here. */
interface HttpFailure {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
  readonly validation?: readonly { instancePath: string; message?: string; params?: unknown }[];
  readonly validationContext?: string;
}

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_too_slow',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  431: 'invalid_request',
  503: 'unavailable',
  504: 'timeout',
};
const HANDLER_TIMEOUT = 'FST_ERR_HANDLER_TIMEOUT';

/** The problem document for anything thrown while answering a request. Internals never reach the detail. */
export function problemOf(
  error: DeltaStreamError | HttpFailure,
  requestId: string,
): { problem: Problem; retryAfterSeconds: number | null } {
  const code = error instanceof DeltaStreamError ? error.code : codeOf(error);
  const { status, title, remedy } = ERRORS[code];
  return {
    problem: {
      type: `urn:deltastream:error:${code}`,
      title,
      status,
      code,
      detail: code === 'internal' ? 'The failure was logged with this request id.' : detailOf(error),
      remedy,
      request_id: requestId,
    },
    retryAfterSeconds: error instanceof DeltaStreamError ? error.retryAfterSeconds : null,
  };
}

function codeOf(error: HttpFailure): ErrorCode {
  if (error.validation) return 'invalid_request';
  if (error.code === HANDLER_TIMEOUT) return 'timeout';
  return CODE_BY_STATUS[error.statusCode ?? 500] ?? 'internal';
}

function detailOf(error: DeltaStreamError | HttpFailure): string {
  if (!(error instanceof DeltaStreamError) && error.validation) {
    const [first] = error.validation;
    const field = first.instancePath.slice(1).replaceAll('/', '.');
    const place = [error.validationContext, field].filter(Boolean).join('.');
    return `${place}: ${first.message ?? 'is not valid'}${extraProperty(first.params)}`;
  }
  return error.message ?? '';
}

function extraProperty(params: unknown): string {
  const name = (params as { additionalProperty?: string } | undefined)?.additionalProperty;
  return name === undefined ? '' : ` (${name})`;
}

import type { ErrorCode, Problem } from '@deltastream/contracts';

/**
 * A request that failed: `code` is of the error catalogue, `detail` says what was wrong with this one and
 * `remedy` what to do. `status` is 0 when no response came (`unavailable`, `timeout`).
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly remedy: string;
  readonly requestId: string;
  /** Seconds after which the server said another try makes sense. */
  readonly retryAfterSeconds: number | null;

  constructor(
    problem: Omit<Problem, 'type' | 'title'>,
    options: ErrorOptions & { retryAfterSeconds?: number | null } = {},
  ) {
    super(`${problem.code}: ${problem.detail}`, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.remedy = problem.remedy;
    this.requestId = problem.request_id;
  }
}

/** The error of a response that is not a success, also when it does not come from DeltaStream. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const retryAfterSeconds = secondsOf(response.headers.get('retry-after'));
  if (isProblem(body)) return new ApiError(body, { retryAfterSeconds });
  return new ApiError(
    {
      status: response.status,
      code: response.status < 500 ? 'invalid_request' : 'unavailable',
      detail: `${response.url} answered ${response.status} without a problem document`,
      remedy: 'Check that the address is a DeltaStream gateway and that no proxy responds in its place.',
      request_id: response.headers.get('x-request-id') ?? '',
    },
    { retryAfterSeconds },
  );
}

/** Seconds of a Retry-After header; the date that it may be instead is not what a gateway of ours sends. */
const secondsOf = (header: string | null): number | null =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;

/** The error of a request that got no response. */
export function errorOfFailure(url: string, cause: unknown): ApiError {
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
  return new ApiError(
    {
      status: 0,
      code: timedOut ? 'timeout' : 'unavailable',
      detail: timedOut ? `${url} did not answer in time` : `${url} cannot be reached`,
      remedy: 'Check the address and that the server runs, then try again.',
      request_id: '',
    },
    { cause },
  );
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { status, code, detail } = body as Record<string, unknown>;
  return typeof status === 'number' && typeof code === 'string' && typeof detail === 'string';
}

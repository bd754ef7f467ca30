import { ERRORS, type ErrorCode } from '@deltastream/contracts/errors';

/**
 * The only error thrown on purpose. `message` says what is wrong and where; the catalogue's entry of
 * `code` gives the HTTP status and what the caller can do.
 */
export class DeltaStreamError extends Error {
  override readonly name = 'DeltaStreamError';
  readonly code: ErrorCode;
  /** True when trying again cannot help: the message goes to the dead letters at once. */
  readonly permanent: boolean;
  /** Seconds after which the caller may try again. */
  readonly retryAfterSeconds: number | null;
  private readonly ownRemedy: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; permanent?: boolean; retryAfterSeconds?: number; remedy?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.permanent = options.permanent ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.ownRemedy = options.remedy;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** That of the catalogue, where nothing closer is known. */
  get remedy(): string {
    return this.ownRemedy ?? ERRORS[this.code].remedy;
  }
}

/** What an unknown thrown value says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function isPermanent(error: unknown): boolean {
  return error instanceof DeltaStreamError && error.permanent;
}

/** Of a frame that cannot be read: no retry mends it. */
export const malformedMessage = (topic: string, cause: unknown): DeltaStreamError =>
  new DeltaStreamError('malformed_message', `${topic}: ${reasonOf(cause)}`, { cause, permanent: true });

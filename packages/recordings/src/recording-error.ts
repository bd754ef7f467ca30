import type { ErrorCode } from '@deltastream/contracts';

/** What the reading of a recording can fail with; the catalogue's entry of the code says what the caller can do. */
export type RecordingErrorCode = Extract<ErrorCode, 'unreadable_source' | 'recording_too_large' | 'stopped'>;

/** The only error that readers of recordings throw on purpose. `message` says what is wrong and where. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code: RecordingErrorCode;
  /** True when trying again cannot help. */
  readonly permanent: boolean;

  constructor(
    code: RecordingErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly permanent?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.permanent = options.permanent ?? false;
  }
}

/** What an unknown thrown value says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

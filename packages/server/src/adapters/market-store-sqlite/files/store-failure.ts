import { basename } from 'node:path';
import type { Failure } from '../../sqlite/answer-requests.ts';
import { StoreFileError } from './store-file.ts';

/** What kind of failure an error of a thread of the store is, for the process's own log. */
export function writeFailure(error: unknown): Failure {
  if (!(error instanceof StoreFileError)) return { code: 'store_failed', reason: String(error) };
  if (error.damaged) return { code: 'stored_data_damaged', reason: error.message };
  return { code: error.unusable ? 'data_folder_unusable' : 'store_failed', reason: error.message };
}

/** The same of a read, which a caller of the API is told: the file's name, and not where the folder is. */
export function readFailure(error: unknown): Failure {
  const failure = writeFailure(error);
  if (!(error instanceof StoreFileError)) return failure;
  return { ...failure, reason: `${basename(error.file)}: ${error.reason}` };
}

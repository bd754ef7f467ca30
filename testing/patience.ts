import { inject, vi } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    patienceMs: number;
  }
}

const IS_PATIENT = Symbol.for('deltastream.patience');

/** Gives `vi.waitFor` the patience of `expect.poll`, once for all suites of a worker; Vitest has no setting for it. */
const { waitFor } = vi;
if (!(IS_PATIENT in waitFor)) {
  const patient: typeof waitFor = (callback, options) =>
    waitFor(callback, typeof options === 'number' ? options : { timeout: inject('patienceMs'), ...options });
  vi.waitFor = Object.assign(patient, { [IS_PATIENT]: true });
}

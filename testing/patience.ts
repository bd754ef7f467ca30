import { inject, vi } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    patienceMs: number;
  }
}

/** Gives `vi.waitFor` the patience of `expect.poll`; Vitest has no setting for it. */
const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: inject('patienceMs'), ...options });

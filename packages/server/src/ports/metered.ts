import type { Registry } from 'prom-client';

/** A port whose adapter may have something to count; the services that are given it publish that with their own. */
export interface Metered {
  readonly metrics?: Registry;
}

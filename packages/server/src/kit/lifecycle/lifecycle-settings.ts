import { ms, settingsFragment, type ValuesOf } from '../settings-fragment.ts';

/** Of every service, and of consumers that are scaled while they run. */
export const LIFECYCLE = settingsFragment('Services', {}, 'service', {
  stopTimeoutMs: ms(5_000, 'Longest time of a stop, of a service that has no such setting of its own'),
  beatMs: ms(
    5_000,
    'How often a consumer looks at the sessions of its market and says its concurrency; the same in every process, for one that missed three is taken for gone',
  ),
  finalStateTimeoutMs: ms(500, 'Longest wait of its stop until the bus has its last state'),
});

export type LifecycleSettings = ValuesOf<typeof LIFECYCLE.own>;

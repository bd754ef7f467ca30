import type { Registry } from 'prom-client';
import { createMeter } from '../../health/meter.ts';

/** Where lines go that do not wait for it: they may have to be dropped. */
export interface LogOutput {
  readonly output: 'bus' | 'stdout';
  waiting(): number;
  dropped(): number;
}

export function createOutputMetrics(outputs: readonly LogOutput[]): Registry {
  const { registry, watchEach, totalOfEach } = createMeter('log');
  watchEach(
    'waiting',
    'Lines of this process that wait for the bus or standard output',
    ['output'],
    (set) => {
      for (const { output, waiting } of outputs) set({ output }, waiting());
    },
  );
  totalOfEach('dropped_total', 'Lines that were dropped because too many waited', ['output'], (add) => {
    for (const { output, dropped } of outputs) add({ output }, dropped());
  });
  return registry;
}

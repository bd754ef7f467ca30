import type { Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';
import type { Bus, BusStats } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';

/** The state of bus and queue as this process knows it; on shared ones that includes every process. */
export function createOperationsMetrics(bus: Bus, queue: Queue): Registry {
  const meter = createMeter('operations');
  const busGauge = (name: string, help: string, value: (stats: BusStats) => number | null) =>
    meter.watchEach(name, help, ['topic', 'group'], (set) => {
      for (const stats of bus.stats()) {
        const { topic, group } = stats;
        const now = value(stats);
        if (now !== null) set({ topic, group }, now);
      }
    });
  const busTotal = (name: string, help: string, value: (stats: BusStats) => number) =>
    meter.totalOfEach(name, help, ['topic', 'group'], (add) => {
      for (const stats of bus.stats()) add({ topic: stats.topic, group: stats.group }, value(stats));
    });

  busGauge('bus_backlog', 'Frames published and not acknowledged', ({ backlog }) => backlog);
  busGauge('bus_oldest_seconds', 'Age of the oldest frame not acknowledged', ({ oldestAgeMs }) =>
    oldestAgeMs === null ? null : oldestAgeMs / 1000,
  );
  busTotal('bus_redeliveries_total', 'Frames delivered again', ({ redeliveries }) => redeliveries);
  busTotal('bus_dead_letters_total', 'Frames that became dead letters', ({ deadLetters }) => deadLetters);
  busTotal(
    'bus_lost_total',
    'Frames dropped by a bound before they were handled',
    ({ lostTotal }) => lostTotal,
  );
  const pressure = 'How far the slowest group is behind, as a share of the bound';
  meter.watchEach('bus_pressure', pressure, ['topic'], (set) => {
    for (const topic of new Set(bus.stats().map((stats) => stats.topic))) set({ topic }, bus.pressure(topic));
  });
  for (const [what, help] of [
    ['waiting', 'Jobs that wait, for their time too'],
    ['running', 'Jobs that run'],
    ['dead', 'Jobs that failed at every try'],
  ] as const) {
    meter.watchEach(`queue_${what}`, help, ['queue'], (set) => {
      for (const stats of queue.stats()) set({ queue: stats.name }, stats[what]);
    });
  }
  return meter.registry;
}

import { Counter, Gauge, Registry } from 'prom-client';
import type { Bus, BusStats } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';

/** The state of bus and queue as this process knows it; on shared ones that includes every process. */
export function createOperationsMetrics(bus: Bus, queue: Queue): Registry {
  const registry = new Registry();
  const registers = [registry];
  const name = (what: string) => `deltastream_operations_${what}`;
  const ofBus = (what: string, help: string) => ({
    name: name(what),
    help,
    labelNames: ['topic', 'group'] as const,
    registers,
  });

  const busGauge = (what: string, help: string, value: (stats: BusStats) => number | null) =>
    new Gauge({
      ...ofBus(what, help),
      collect() {
        this.reset();
        for (const stats of bus.stats()) {
          const { topic, group } = stats;
          const now = value(stats);
          if (now !== null) this.set({ topic, group }, now);
        }
      },
    });
  const busTotal = (what: string, help: string, value: (stats: BusStats) => number) =>
    new Counter({
      ...ofBus(what, help),
      collect() {
        this.reset();
        for (const stats of bus.stats()) {
          this.inc({ topic: stats.topic, group: stats.group }, value(stats));
        }
      },
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
  new Gauge({
    name: name('bus_pressure'),
    help: 'How far the slowest group is behind, as a share of the bound',
    labelNames: ['topic'] as const,
    registers,
    collect() {
      this.reset();
      for (const topic of new Set(bus.stats().map((stats) => stats.topic))) {
        this.set({ topic }, bus.pressure(topic));
      }
    },
  });
  for (const [what, help] of [
    ['waiting', 'Jobs that wait, for their time too'],
    ['running', 'Jobs that run'],
    ['dead', 'Jobs that failed at every try'],
  ] as const) {
    new Gauge({
      name: name(`queue_${what}`),
      help,
      labelNames: ['queue'] as const,
      registers,
      collect() {
        this.reset();
        for (const stats of queue.stats()) this.set({ queue: stats.name }, stats[what]);
      },
    });
  }
  return registry;
}

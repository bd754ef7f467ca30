import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper bounds for times of what is computed for a request, in seconds. */
export const COMPUTE_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2];

type Labels<L extends string> = Readonly<Record<L, string>>;

/** Declares the metrics of a part of the platform in `registry`: their names begin with `deltastream_` and the part's. */
export function createMeter(part: string, registry = new Registry()) {
  const declared = <L extends string>(name: string, help: string, labelNames: readonly L[]) => ({
    name: `deltastream_${part}_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    registry,
    counter: <L extends string = never>(name: string, help: string, ...labels: L[]) =>
      new Counter<L>(declared(name, help, labels)),
    gauge: <L extends string = never>(name: string, help: string, ...labels: L[]) =>
      new Gauge<L>(declared(name, help, labels)),
    /** `buckets` are upper bounds, in seconds. */
    histogram: <L extends string = never>(name: string, help: string, buckets: number[], ...labels: L[]) =>
      new Histogram<L>({ ...declared(name, help, labels), buckets }),
    /** A gauge whose value is looked up when the metrics are asked for. */
    watch(name: string, help: string, value: () => number): void {
      new Gauge({
        ...declared(name, help, []),
        collect() {
          this.set(value());
        },
      });
    },
    /** A gauge whose values are looked up when the metrics are asked for: all that `read` sets, and no others. */
    watchEach<L extends string>(
      name: string,
      help: string,
      labels: readonly L[],
      read: (set: (of: Labels<L>, value: number) => void) => void,
    ): void {
      new Gauge<L>({
        ...declared(name, help, labels),
        collect() {
          this.reset();
          read((of, value) => this.set(of, value));
        },
      });
    },
    /** A total that is counted elsewhere and looked up when the metrics are asked for. */
    total(name: string, help: string, value: () => number): void {
      new Counter({
        ...declared(name, help, []),
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    },
    /** The same of several: all that `read` adds. */
    totalOfEach<L extends string>(
      name: string,
      help: string,
      labels: readonly L[],
      read: (add: (of: Labels<L>, value: number) => void) => void,
    ): void {
      new Counter<L>({
        ...declared(name, help, labels),
        collect() {
          this.reset();
          read((of, value) => this.inc(of, value));
        },
      });
    },
  };
}

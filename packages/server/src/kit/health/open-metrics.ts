import type { Registry } from 'prom-client';

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Whether a scraper takes OpenMetrics, as Prometheus says. */
export const takesOpenMetrics = (accept: string | undefined): boolean =>
  accept?.includes('application/openmetrics-text') ?? false;

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  } | null;
}

/**
 * The metrics as OpenMetrics 1.0, which has exemplars. The library writes one of two formats for good, and names counters
 * otherwise once it has written this one.
 */
export async function openMetrics(registry: Registry): Promise<string> {
  const families = await registry.getMetricsAsJSON();
  const lines = families.flatMap((metric) => {
    const { name, help, type, values } = metric as unknown as {
      name: string;
      help: string;
      type: string;
      values: readonly Sample[];
    };
    const isCounter = type === 'counter' && name.endsWith('_total');
    const family = isCounter ? name.slice(0, -'_total'.length) : name;
    return [
      `# TYPE ${family} ${type === 'counter' && !isCounter ? 'unknown' : type}`,
      `# HELP ${family} ${escaped(help)}`,
      ...values.map((sample) => sampleLine(name, sample)),
    ];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function sampleLine(name: string, { metricName = name, labels, value, exemplar }: Sample): string {
  const line = `${metricName}${labelsOf(labels)} ${numberOf(value)}`;
  // The library's own histograms have null for one that has not come.
  if (exemplar === undefined || exemplar === null) return line;
  const { labelSet, value: seconds, timestamp } = exemplar;
  return `${line} # ${labelsOf(labelSet)} ${numberOf(seconds)} ${timestamp.toFixed(3)}`;
}

function labelsOf(labels: Sample['labels']): string {
  const given = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${name === 'le' ? boundOf(value) : escaped(String(value))}"`],
  );
  return given.length === 0 ? '' : `{${given.join(',')}}`;
}

/** A bound is written as a number with a point. */
const boundOf = (bound: string | number): string =>
  typeof bound === 'number' && Number.isInteger(bound) ? bound.toFixed(1) : String(bound);

const numberOf = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

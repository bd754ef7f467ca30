import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { openMetrics } from './open-metrics.ts';

it('writes what the library keeps, with histograms that have no exemplar', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'chains_total', help: 'Chains', labelNames: ['kind'], registers }).inc({ kind: 'a"b' });
  new Gauge({ name: 'lag_seconds', help: 'Lag', registers }).set(0.25);
  new Histogram({ name: 'hop_seconds', help: 'Hops', buckets: [1], registers }).observe(0.5);
  const text = await openMetrics(registry);
  expect(text).toContain('# TYPE chains counter\n# HELP chains Chains\nchains_total{kind="a\\"b"} 1\n');
  expect(text).toContain('lag_seconds 0.25\n');
  expect(text).toContain('hop_seconds_bucket{le="1.0"} 1\nhop_seconds_bucket{le="+Inf"} 1\n');
  expect(text.endsWith('# EOF\n')).toBe(true);
});

import { expect, it } from 'vitest';
import { openMetrics, takesOpenMetrics } from '../health/open-metrics.ts';
import { createLogger, silentLogger } from '../logging/log.ts';
import { createHttpApp } from './http.ts';

const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

it('counts responses by route, method and class of status, in buckets that rise', async () => {
  const app = createHttpApp({ logger: silentLogger });
  app.get('/things/:product', async () => ({}));
  for (const url of ['/things/1', '/things/2', '/nowhere']) await app.inject(url);
  const text = await app.requestTimes.metrics();
  await app.close();
  const of = (line: string) =>
    text.split('\n').filter((each) => each.startsWith(`deltastream_http_request_seconds_${line}`));
  expect(of('count')).toEqual([
    'deltastream_http_request_seconds_count{route="/things/:product",method="GET",status="2xx"} 2',
    'deltastream_http_request_seconds_count{route="unknown",method="GET",status="4xx"} 1',
  ]);
  const buckets = of('bucket{')
    .filter((line) => line.includes('2xx'))
    .map((line) => Number(line.split(' ').at(-1)));
  expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
  expect(buckets.at(-1)).toBe(2);
});

it('has the trace of a request that is recorded as an example of its bucket, in OpenMetrics only', async () => {
  const tracing = { traceSampleRate: 1, traceSlowMs: 1_000, traceAskedPerSecond: 50 };
  const app = createHttpApp({ logger: createLogger('silent', { write: () => {} }, tracing) });
  app.get('/things', async () => ({}));
  await app.inject({ url: '/things', headers: { traceparent: TRACE } });
  const [plain, open] = [await app.requestTimes.metrics(), await openMetrics(app.requestTimes)];
  await app.close();
  expect(plain).not.toContain('trace_id');
  expect(open).toMatch(
    /^deltastream_http_request_seconds_bucket\{le="[\d.]+",route="\/things".*\} 1 # \{trace_id="a{32}"\} [\d.e-]+ \d+\.\d{3}$/m,
  );
  expect(open).toContain('le="1.0"');
  expect(open.endsWith('# EOF\n')).toBe(true);
});

it('is asked for by who says so', () => {
  expect(takesOpenMetrics('application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3')).toBe(true);
  expect(takesOpenMetrics('text/plain')).toBe(false);
  expect(takesOpenMetrics(undefined)).toBe(false);
});

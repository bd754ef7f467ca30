import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const { groups } = parse(read('prometheus/rules.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/deltastream.json')) as { panels: Panel[] };
const panelExpressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Names of metrics in an expression of PromQL: what is no function, keyword, label, number or text. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless', 'bool', 'offset'].includes(name));
}

const bracketsMatch = (expr: string): boolean => {
  const open: string[] = [];
  for (const [sign] of expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(sign)) open.push(sign);
    else if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[sign]) return false;
  }
  return open.length === 0;
};

it('compares no rate of labelled series with 0: where none was counted there is no series, and no alert', () => {
  expect(rules.filter(({ expr }) => /\w\{[^}]*\}\[\w+\]\)+\s*==\s*0/.test(expr))).toEqual([]);
});

describe('what Prometheus and Grafana are given', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let text: string;
  const scrape = (accept?: string) =>
    fetch(`${platform.url}/metrics`, accept === undefined ? {} : { headers: { accept } });

  beforeAll(async () => {
    const flags = ['--data', folder.path, '--trace-sample-rate', '1', '--log-format', 'json'];
    platform = await startPlatform(flags);
    await untilStored(platform.url, ['NIFTY']);
    expect((await fetch(`${platform.url}/api/data/chain/NIFTY`)).status).toBe(200);
    text = await (await scrape()).text();
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  it('names metrics only that a running platform exports', () => {
    const exported = new Set(['up']);
    for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      exported.add(name);
      if (type === 'histogram')
        for (const part of ['bucket', 'sum', 'count']) exported.add(`${name}_${part}`);
    }
    const named = [...rules.map(({ expr }) => expr), ...panelExpressions].flatMap(metricsIn);
    expect(new Set(named).size).toBeGreaterThan(30);
    expect([...new Set(named)].filter((name) => !exported.has(name))).toEqual([]);
    // The test itself sees a name that is not there.
    expect(metricsIn('sum by (le) (rate(deltastream_nothing_total{a="b"}[5m])) > 1')).toEqual([
      'deltastream_nothing_total',
    ]);
  });

  it('is well formed', () => {
    expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr, labels, annotations, for: holds = '1m' } of rules) {
      expect(alert).toMatch(/^DeltaStream[A-Z]\w+$/);
      expect(bracketsMatch(expr), alert).toBe(true);
      expect(expr, alert).toMatch(/[<>=]=? [\d.]+\s*(and|or|$)/);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(holds).toMatch(/^\d+[smh]$/);
      expect(annotations.summary.length * annotations.description.length).toBeGreaterThan(0);
    }
    for (const expr of panelExpressions) expect(bracketsMatch(expr), expr).toBe(true);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const [i, a] of dashboard.panels.entries()) {
      expect(a.gridPos.x + a.gridPos.w).toBeLessThanOrEqual(24);
      for (const b of dashboard.panels.slice(i + 1))
        expect(overlaps(a, b), `${a.title}, ${b.title}`).toBe(false);
    }
    const config = parse(read('prometheus/prometheus.yaml')) as {
      rule_files: string[];
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    expect(config.rule_files).toEqual(['rules.yaml']);
    const { services } = parse(read('compose.yaml'), { merge: true }) as {
      services: Record<string, unknown>;
    };
    for (const target of config.scrape_configs.flatMap(({ static_configs: [{ targets }] }) => targets)) {
      expect(Object.keys(services)).toContain(target.split(':')[0]);
    }
  });

  it('has times of requests, with traces as examples for who takes OpenMetrics', async () => {
    expect(text).toMatch(
      /^deltastream_http_request_seconds_bucket\{le="\+Inf",route="\/api\/data\/chain\/:product",method="GET",status="2xx"\} [1-9]/m,
    );
    expect(text).not.toContain('trace_id');
    const response = await scrape('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    expect(response.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    const open = await response.text();
    expect(open.endsWith('\n# EOF\n')).toBe(true);
    expect(open).toMatch(
      /^deltastream_http_request_seconds_bucket\{.*route="\/api\/data\/chain\/:product".*\} \d+ # \{trace_id="[0-9a-f]{32}"\} [\d.e-]+ \d+\.\d{3}$/m,
    );
    expect(open).toMatch(/^# TYPE deltastream_storage_stored counter$/m);
    expect(open).toMatch(/^deltastream_storage_stored_total\{kind="chain"\} \d+$/m);
    const families = [...open.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
  });
});

const overlaps = ({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

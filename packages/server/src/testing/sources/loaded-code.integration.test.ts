import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES, type ServiceName } from '../../kit/lifecycle/service.ts';

const SOURCE = join(import.meta.dirname, '../..');
const PACKAGES = join(SOURCE, '..', '..');
/** Imports that are there as soon as their file is: not those of types, nor the ones made when they are needed. */
const STATIC = /^(?:import|export)\s(?!type\b)(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm;
const TYPES_ONLY = /^(?:import|export)\s+\{(?:\s*type\s[^,}]+,?)+\s*\}\s+from/;

/** Files of this repository and names of packages that a process loads which imports these files. */
function loadedBy(...entries: readonly string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    if (!file.endsWith('.ts')) return;
    for (const [statement, specifier] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (TYPES_ONLY.test(statement)) continue;
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
      else if (specifier.startsWith('@deltastream/')) visit(exportedFile(specifier));
      else packages.add(specifier);
    }
  };
  for (const entry of entries) visit(join(SOURCE, entry));
  return { files, packages };
}

function exportedFile(specifier: string): string {
  const [, name, ...rest] = specifier.split('/');
  const manifest = JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'));
  return join(PACKAGES, name, manifest.exports[['.', ...rest].join('/')]);
}

const ofService = (name: ServiceName) => loadedBy('cli.ts', `services/${name}/service.ts`);

/** Packages that weigh, and the services whose work they do. */
const ONLY: Readonly<Record<string, readonly ServiceName[]>> = {
  'socket.io': ['socket-gateway'],
  'socket.io-parser': ['socket-gateway'],
  bcrypt: ['auth'],
  jose: ['auth'],
  '@fastify/swagger': [],
  '@fastify/static': ['gateway'],
  '@fastify/compress': ['gateway'],
  '@fastify/ajv-compiler': [],
  '@fastify/fast-json-stringify-compiler': [],
};

describe('a process loads', () => {
  const packagesOf = new Map(SERVICE_NAMES.map((name) => [name, ofService(name).packages]));

  it.each(Object.entries(ONLY))('%s only for %j', (name, services) => {
    expect(SERVICE_NAMES.filter((each) => packagesOf.get(each)?.has(name))).toEqual(
      SERVICE_NAMES.filter((each) => services.includes(each)),
    );
  });

  it('the code of no service but its own', () => {
    const folder = (name: ServiceName) => join(SOURCE, 'services', name, '/');
    // Imports and replays are numbered alike, so the launcher gives the numbers; settings are read before anything is made.
    const common = loadedBy('launch.ts').files;
    for (const name of SERVICE_NAMES) {
      const foreign = [...ofService(name).files].filter(
        (file) =>
          !common.has(file) &&
          SERVICE_NAMES.some((other) => other !== name && file.startsWith(folder(other))),
      );
      expect(foreign, name).toEqual([]);
    }
    const inCommon = [...common].filter(
      (file) => file.startsWith(join(SOURCE, 'services', '/')) && !file.endsWith('settings.ts'),
    );
    expect(inCommon).toEqual([]);
  });

  it('no venue, and nothing that speaks to one, before a live source is opened', () => {
    const ofVenues = (files: ReadonlySet<string>) =>
      [...files].filter((file) => file.startsWith(join(PACKAGES, 'venues', '/')));
    for (const name of SERVICE_NAMES) {
      const { files, packages } = ofService(name);
      expect(ofVenues(files), name).toEqual([]);
      expect([...packages], name).not.toContain('protobufjs/minimal.js');
    }
    // The walk finds them where they are.
    const opened = loadedBy('services/feed/live/open-live-source.ts');
    expect(ofVenues(opened.files).length).toBeGreaterThan(10);
    expect(opened.packages).toContain('ws');
  });

  it('of the rate limiters only the one in memory', () => {
    for (const [name, packages] of packagesOf) {
      const loaded = [...packages].filter((each) => each.startsWith('rate-limiter-flexible'));
      expect(loaded, name).not.toContain('rate-limiter-flexible');
    }
    const { packages } = loadedBy('kit/access/attempt-limits.ts');
    expect([...packages]).toContain('rate-limiter-flexible/lib/RateLimiterMemory.js');
  });

  it('one validator of schemas, without what else TypeBox does to values', () => {
    for (const [name, packages] of packagesOf) {
      const loaded = [...packages].filter((each) => each.startsWith('typebox')).sort();
      expect(loaded, name).toEqual(['typebox', 'typebox/schema']);
    }
  });

  it('no compiler of schemas while it is asked for nothing but its health', () => {
    const script = fileURLToPath(new URL('./health-process.ts', import.meta.url));
    const printed = JSON.parse(execFileSync(execPath, [script], { encoding: 'utf8' }));
    expect(printed.statuses).toEqual([200, 200, 200, 200]);
    const loaded = (name: string) =>
      printed.files.filter((file: string) => file.includes(`/node_modules/${name}`));
    expect(loaded('ajv/')).toEqual([]);
    expect(loaded('fast-json-stringify/index.js')).toEqual([]);
    // Fastify itself is among them.
    expect(loaded('fastify/fastify.js')).toHaveLength(1);
  });

  it('no description of its API before somebody asks for one', () => {
    const makers = ['services/gateway/openapi/describe-api.ts', 'services/socket-gateway/http/async-api.ts'];
    const loaded = SERVICE_NAMES.flatMap((name) => [...ofService(name).files]);
    expect(makers.map((file) => join(SOURCE, file)).filter((file) => loaded.includes(file))).toEqual([]);
    expect(makers.filter((file) => !existsSync(join(SOURCE, file)))).toEqual([]);
  });

  it('no adapter, driver or tool of operators before it is chosen', () => {
    const { files, packages } = loadedBy('cli.ts');
    expect(
      [...files].filter(
        (file) => file.startsWith(join(SOURCE, 'adapters', '/')) && !file.endsWith('settings.ts'),
      ),
    ).toEqual([]);
    const drivers = ['ioredis', 'bullmq', 'mongodb', 'pg', 'cli-progress', 'rate-limiter-flexible'];
    expect(drivers.filter((name) => packages.has(name))).toEqual([]);
    // The walk has found what is there.
    expect(packages).toContain('commander');
    expect([...loadedBy('adapters/redis/queue/queue-bullmq.ts').packages]).not.toContain('bullmq');
    expect([...loadedBy('adapters/redis/queue/lane.ts').packages]).toContain('bullmq');
    expect([...files].filter((file) => !existsSync(file))).toEqual([]);
  });
});

describe('a thread of a store', () => {
  const folder = 'adapters/sqlite/market-store';

  it.each([
    `${folder}/writing/writer-worker.ts`,
    `${folder}/reading/reader-worker.ts`,
    `${folder}/writing/checkpoint-worker.ts`,
    'adapters/log-files/writing/log-writer-worker.ts',
    'adapters/log-files/reading/log-reader-worker.ts',
  ])('%s knows no schema', (worker) => {
    const { files, packages } = loadedBy(worker);
    expect(packages).toContain('node:worker_threads');
    expect([...packages].filter((name) => /^(typebox|ajv|pino|prom-client)/.test(name))).toEqual([]);
    expect(files).not.toContain(exportedFile('@deltastream/contracts'));
  });

  it('that only moves a log into its file does not load the codec', () => {
    const { files } = loadedBy(`${folder}/writing/checkpoint-worker.ts`);
    expect(files.size).toBeLessThan(12);
  });
});

it('a thread that writes exports knows no schema, whatever their format', () => {
  const folder = 'services/operations/exports';
  const formats = ['csv', 'parquet', 'arrow'].map((format) => `${folder}/formats/${format}-table.ts`);
  const { files, packages } = loadedBy(`${folder}/encoding-worker.ts`, ...formats);
  expect([...packages]).toEqual(expect.arrayContaining(['csv-stringify/sync', 'hyparquet-writer']));
  expect([...packages].filter((name) => /^(typebox|ajv|pino|prom-client)/.test(name))).toEqual([]);
  expect(files).not.toContain(exportedFile('@deltastream/contracts'));
});

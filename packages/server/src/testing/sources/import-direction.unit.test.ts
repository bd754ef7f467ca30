import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../..');
const PACKAGES = join(SOURCE, '..', '..');

/** What the files of each folder may import from the others. Biome's noImportCycles finds the cycles, of types too. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ports: [],
  kit: ['ports'],
  codec: ['ports'],
  adapters: ['ports', 'kit', 'codec'],
  services: ['ports', 'kit'],
  // Of a part of the platform only what it declares: its settings file.
  settings: ['kit', 'adapters', 'services'],
  // The top level says which parts there are, launch joins them; the command line stands on both.
  '': ['ports', 'kit', 'codec', 'adapters', 'services', 'settings', 'cli', 'launch', 'stored-data'],
  launch: ['', 'ports', 'kit', 'settings', 'stored-data'],
  'stored-data': ['', 'ports', 'kit', 'adapters', 'launch', 'settings'],
  cli: ['', 'ports', 'kit', 'services', 'settings', 'stored-data'],
};

/** Packages of this repository that each may depend on. */
const PACKAGE_MAY_USE: Readonly<Record<string, readonly string[]>> = {
  quant: [],
  contracts: [],
  reference: [],
  recordings: ['contracts', 'reference'],
  client: ['contracts'],
  conditions: ['contracts'],
  venues: ['contracts', 'quant', 'reference', 'recordings'],
  server: ['conditions', 'contracts', 'quant', 'reference', 'recordings', 'venues'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function imports(): Import[] {
  return globSync('**/*.ts', { cwd: SOURCE })
    .filter((file) => !/\.(test|fixture|contract)\.ts$|^testing\//.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(SOURCE, file), 'utf8');
      return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) => ({
        file,
        target: relative(SOURCE, resolve(SOURCE, dirname(file), path)),
      }));
    });
}

const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0] : '');
const serviceOf = (path: string) => path.split('/')[1];

describe('imports point one way', () => {
  const all = imports();

  it('finds the imports', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(new Set(all.map(({ file }) => folderOf(file)))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it('from services and adapters to ports and kit; nothing but services.ts knows a service', () => {
    const wrong = all.filter(({ file, target }) => {
      const from = folderOf(file);
      const to = folderOf(target);
      return from !== to && !ALLOWED[from].includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it('from settings/ to the settings of a part, never to what is loaded with it', () => {
    const parts = all.filter(
      ({ file, target }) => /^settings/.test(file) && /^(adapters|services)/.test(target),
    );
    expect(parts.filter(({ target }) => !/settings\.ts$/.test(target))).toEqual([]);
  });

  it('never from one service to another', () => {
    const services = all.filter(
      ({ file, target }) => folderOf(file) === 'services' && folderOf(target) === 'services',
    );
    expect(services.filter(({ file, target }) => serviceOf(file) !== serviceOf(target))).toEqual([]);
  });
});

describe('packages', () => {
  const names = readdirSync(PACKAGES);
  /** Tests of a client or a reader may stand on the server. */
  const filesOf = (name: string) =>
    globSync('**/*.ts', { cwd: join(PACKAGES, name) }).filter((file) => !/\.(test|fixture)\.ts$/.test(file));
  const textOf = (name: string, file: string) => readFileSync(join(PACKAGES, name, file), 'utf8');

  it('depend on those they may', () => {
    expect(new Set(names)).toEqual(new Set(Object.keys(PACKAGE_MAY_USE)));
    const wrong = names.flatMap((name) => {
      const { dependencies = {} } = JSON.parse(textOf(name, 'package.json'));
      return Object.keys(dependencies)
        .filter((dependency) => dependency.startsWith('@deltastream/'))
        .map((dependency) => dependency.replace('@deltastream/', ''))
        .filter((dependency) => !PACKAGE_MAY_USE[name].includes(dependency))
        .map((dependency) => `${name} -> ${dependency}`);
    });
    expect(wrong).toEqual([]);
  });

  it('are imported by their names, what their manifests export, never by a path', () => {
    const wrong = names.flatMap((name) =>
      filesOf(name).flatMap((file) =>
        [...textOf(name, file).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)]
          .map(([, path]) => relative(name, join(name, dirname(file), path)))
          .filter((target) => target.startsWith('..'))
          .map((target) => `${name}/${file} -> ${target}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('that read recordings are loaded by the first recording: a platform without one does not pay for them', () => {
    const wrong = filesOf('server').filter((file) =>
      /^(?:import|export) (?!type)[^;]*? from '@deltastream\/recordings'/m.test(textOf('server', file)),
    );
    expect(wrong).toEqual([]);
    expect(textOf('server', 'src/kit/recordings/recordings.ts')).toContain(
      "import('@deltastream/recordings')",
    );
  });

  it('that connect to venues are loaded by a live source', () => {
    const users = filesOf('server').filter((file) =>
      /^(?:import|export) (?!type)[^;]*? from '@deltastream\/venues(?!\/master')/m.test(
        textOf('server', file),
      ),
    );
    expect(users).toEqual(['src/services/feed/live/open-live-source.ts']);
  });
});

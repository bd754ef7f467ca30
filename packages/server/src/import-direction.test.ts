import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = import.meta.dirname;

/** What the files of each folder may import from the others; packages are checked by their manifests. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ports: [],
  kit: ['ports'],
  codec: ['ports'],
  adapters: ['ports', 'kit', 'codec'],
  services: ['ports', 'kit'],
  // The top level joins the parts; the command line stands on it.
  '': ['ports', 'kit', 'codec', 'adapters', 'services', 'cli'],
  cli: ['', 'ports', 'kit', 'services'],
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

  it('never from one service to another', () => {
    const services = all.filter(
      ({ file, target }) => folderOf(file) === 'services' && folderOf(target) === 'services',
    );
    expect(services.filter(({ file, target }) => serviceOf(file) !== serviceOf(target))).toEqual([]);
  });
});

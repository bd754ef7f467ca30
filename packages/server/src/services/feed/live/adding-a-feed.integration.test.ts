import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../../../..');
const PAGE = readFileSync(join(ROOT, 'docs/adding-a-feed.md'), 'utf8');
const FEED = 'packages/server/src/services/feed';
/** What has types that are made of the names and settings of venues. */
const TYPED_BY_VENUES = globSync([`${FEED}/feed-config.ts`, `${FEED}/live/*.ts`], { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts'),
);
const EXAMPLE = 'packages/venues/src/example/index.ts';

/** The files that the page changes, as they are after all of its changes. Throws where one does not fit. */
function changedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [, file, diff] of PAGE.matchAll(/^```diff (\S+)\n([\s\S]*?)^```$/gm)) {
    const lines = diff.split(/(?<=\n)/);
    const text = (kept: readonly string[]) => kept.map((line) => line.slice(1)).join('');
    const before = text(lines.filter((line) => line.startsWith(' ')));
    const parts = (files.get(file) ?? readFileSync(join(ROOT, file), 'utf8')).split(before);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places that read\n${before}`);
    files.set(file, parts.join(text(lines)));
  }
  return files;
}

describe('a venue registered as docs/adding-a-feed.md shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adding-a-feed-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Writes the changed files; their imports are of each other, and else of the real ones. */
  function write(files: ReadonlyMap<string, string>): string[] {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    return [...files].map(([file, text]) => {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      const absolute = (_: string, opening: string, relative: string) => {
        const imported = resolve(ROOT, dirname(file), relative);
        const isChanged = files.has(imported.slice(resolve(ROOT).length + 1));
        return `${opening}'${isChanged ? relative : imported}'`;
      };
      writeFileSync(path, text.replaceAll(/(from |import\()'(\.{1,2}\/[^']+)'/g, absolute));
      return path;
    });
  }

  it('compiles, with its settings and its simulator', async () => {
    const changed = changedFiles();
    expect(JSON.parse(changed.get('packages/venues/package.json') ?? '').exports).toHaveProperty(
      './example',
      EXAMPLE.replace('packages/venues', '.'),
    );
    const sources = new Map([...changed].filter(([file]) => file.endsWith('.ts')));
    expect(sources.size).toBe(4);
    for (const file of TYPED_BY_VENUES)
      if (!sources.has(file)) sources.set(file, readFileSync(join(ROOT, file), 'utf8'));
    const files = write(sources);
    const project = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { paths: { '@deltastream/venues/example': [join(ROOT, EXAMPLE)] } },
      ...{ files, include: [] },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compiled = promisify(execFile)(process.execPath, [compiler, '-p', folder]);
    expect(await compiled.catch(({ stdout }: { stdout: string }) => stdout)).toEqual({
      stdout: '',
      stderr: '',
    });
    // The changed registry also runs, and knows the venue.
    const { venuesOf, VENUES } = await import(join(folder, FEED, 'live/venue-settings.ts'));
    expect(venuesOf('deribit,example')).toEqual(['deribit', 'example']);
    expect(VENUES.example.products).toEqual(['NIFTY', 'BANKNIFTY']);
  });
});

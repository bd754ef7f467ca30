import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { PAGE_FAMILIES, PAGE_PATHS } from '../../packages/contracts/src/pages.ts';

const SOURCE = new URL('service-worker.js', import.meta.url);

/** What a service worker is told of its build. */
interface Build {
  /** The script of the page; its name has the hash of everything that it imports. */
  readonly entry: string;
  /** What the page needs to begin with. */
  readonly assets: readonly string[];
  readonly pages: readonly string[];
  /** How the paths of other pages begin. */
  readonly families: readonly string[];
}

/** Out of the page that was built. */
export function buildOf(html: string): Build {
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  const entry = /<script[^>]* src="(\/assets\/[^"]+)"/.exec(html)?.[1];
  if (entry === undefined) throw new Error('index.html has no script that was built');
  return { entry, assets: [...new Set(assets)], pages: PAGE_PATHS, families: PAGE_FAMILIES };
}

/** Writes `/sw.js`: another build is another file, by which browsers find it. */
export const serviceWorker: Plugin = {
  name: 'service-worker',
  apply: 'build',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const page = bundle['index.html'];
      if (page?.type !== 'asset') this.error('index.html was not built');
      const source = `const BUILD = ${JSON.stringify(buildOf(String(page.source)))};\n${readFileSync(SOURCE, 'utf8')}`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  },
};

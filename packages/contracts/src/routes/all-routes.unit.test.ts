import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROUTES } from './all-routes.ts';

it('holds every route that a file beside or below it declares, each method and path once', async () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.ts$/.test(name) && !/\.test\.ts$|^all-routes/.test(name),
  );
  const modules: object[] = await Promise.all(files.map((name) => import(`./${name}`)));
  const declared = modules
    .flatMap((module): unknown[] => Object.values(module))
    .filter((value) => typeof value === 'object' && value !== null && 'url' in value && 'method' in value);
  expect(declared.length).toBeGreaterThan(30);
  expect(new Set(ROUTES)).toEqual(new Set(declared));
  expect(new Set(ROUTES.map(({ method, url }) => `${method} ${url}`)).size).toBe(ROUTES.length);
});

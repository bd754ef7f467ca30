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

it('says what a response of text is a file of: it is no JSON', () => {
  const text = ROUTES.filter(({ schema }) =>
    Object.values(schema.response).some((body) => 'type' in body && body.type === 'string'),
  );
  expect(text.length).toBeGreaterThan(2);
  expect(text.filter((route) => !('files' in route)).map(({ url }) => url)).toEqual([]);
});

import type { FastifyInstance } from 'fastify';

/** Which methods a path knows, whichever they are asked with. */
export interface AllowedMethods {
  /** Empty for a path that no route has. */
  of(path: string): string[];
}

/** Collects the routes that are registered after it: call it first. */
export function collectAllowedMethods(app: FastifyInstance): AllowedMethods {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    // A wildcard serves files, and a path that is none of them is unknown, whatever the method.
    if (url.includes('*')) return;
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const each of [method].flat()) known.add(each);
  });
  let patterns: [RegExp, ReadonlySet<string>][] | null = null;
  return {
    of(path) {
      patterns ??= [...methods].map(([url, known]) => [patternOf(url), known]);
      const found = patterns.flatMap(([pattern, known]) => (pattern.test(path) ? [...known] : []));
      return [...new Set(found)].toSorted();
    },
  };
}

function patternOf(url: string): RegExp {
  const literal = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}$`);
}

import type {
  OpenApiDocument,
  Operation,
} from '../../packages/server/src/services/gateway/openapi/document.ts';

export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export const operationsOf = (api: OpenApiDocument): DocumentedOperation[] =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId ?? '',
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );

export interface PathMatch {
  /** What the document says to this method; null when it does not know it. */
  readonly operation: DocumentedOperation | null;
}

/** Finds what the document says about an address; null for one that it does not know. */
export function createMatcher(operations: readonly DocumentedOperation[]) {
  const patterns = operations.map((each) => {
    const literal = each.path.replace(/[.+?^$()|[\]\\]/g, '\\$&');
    return { each, pattern: new RegExp(`^${literal.replace(/\{\w+\}/g, '[^/]+')}$`) };
  });
  return (method: string, path: string): PathMatch | null => {
    const here = patterns.filter(({ pattern }) => pattern.test(path)).map(({ each }) => each);
    if (here.length === 0) return null;
    // A path without parameters is meant before one that it happens to fit.
    const fixed = here.filter((each) => each.path === path);
    const meant = fixed.length > 0 ? fixed : here;
    const wanted = method === 'HEAD' ? 'GET' : method;
    return { operation: meant.find((each) => each.method === wanted) ?? null };
  };
}

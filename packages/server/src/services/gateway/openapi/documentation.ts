import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { DescribedRoute } from './describe-api.ts';

/** Resolves with the OpenAPI document of an application, which is made at the first call. */
export type DescribeApi = () => Promise<object>;

/**
 * Notes every route registered after it: call it first. What makes a document of them is a hundred modules, which are
 * loaded when somebody asks for it.
 */
export function collectOpenApi(app: FastifyInstance, version: string): DescribeApi {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    // Fastify's own HEAD of a GET is not described.
    if (method !== 'HEAD') routes.push({ method, url, schema });
  });
  let document: Promise<object> | null = null;
  return () => {
    document ??= import('./describe-api.ts').then(({ describeApi }) => describeApi(routes, version));
    return document;
  };
}

const DESCRIPTION_SCHEMA = {
  tags: ['operations'],
  summary: 'This document',
  response: { 200: { type: 'object', additionalProperties: true } },
};

/**
 * `/api/openapi.json` and the interactive reference at `/api/docs`. The reference is megabytes of script,
 * so an application of its own is made for it at the first request; until then it costs nothing.
 */
export function serveDocumentation(app: FastifyInstance, describeApi: DescribeApi): void {
  let reference: Promise<FastifyInstance> | null = null;
  app.get('/api/openapi.json', { schema: DESCRIPTION_SCHEMA }, describeApi);
  const handOver = async (request: FastifyRequest, reply: FastifyReply) => {
    reference ??= createReference();
    const docs = await reference;
    // Of its policy; what the application of the reference says itself comes beside it.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
    reply.hijack();
    docs.routing(request.raw, reply.raw);
  };
  for (const url of ['/api/docs', '/api/docs/*']) {
    app.get(url, { schema: { hide: true } }, handOver);
  }
}

async function createReference(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const docs = Fastify();
  await docs.register(scalar, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
      favicon: '/favicon.svg',
    },
  });
  await docs.ready();
  return docs;
}

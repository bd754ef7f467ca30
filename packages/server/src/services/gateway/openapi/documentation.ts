import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { completeDocument } from './complete-document.ts';
import type { OpenApiDocument } from './document.ts';

/** Collects the schema of every route registered after it: call it first. */
export async function collectOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'DeltaStream',
        version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The gateway that serves this document' }],
      tags: [
        { name: 'data', description: 'Prices, expiries and chains' },
        { name: 'analytics', description: 'Figures over strikes, expiries and time' },
        { name: 'mobile', description: 'Compact responses' },
        { name: 'auth', description: 'Logging in, tokens and external logins' },
        { name: 'account', description: 'The account of a token: sessions, second factor, API keys' },
        { name: 'logs', description: 'For administrators' },
        { name: 'admin', description: 'For administrators: what could not be processed' },
        { name: 'operations', description: 'Health and metrics' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token of POST /api/auth/login, or an API key (`ds_...`)',
          },
        },
      },
    },
    transformObject: (given) => {
      if (!('openapiObject' in given)) return given.swaggerObject;
      completeDocument(given.openapiObject as unknown as OpenApiDocument);
      return given.openapiObject;
    },
  });
}

const DESCRIPTION = `Real-time option-chain analytics.

- Times are ISO-8601 UTC with milliseconds; prices are in the quote currency per unit; open interest and volume are in contracts; volatilities and rates are fractions a year.
- A figure that cannot be computed is null, never 0, with its reason beside it.
- Every failure is an RFC 9457 problem document with a \`code\` of one catalogue, what the caller can do (\`remedy\`) and the id of the request.
- Unknown parameters and fields are refused, not ignored.
- Long lists are pages: \`from\` (inclusive), \`to\` (exclusive), \`limit\`, and \`cursor\` from the \`next_cursor\` before.
- Every answer carries \`x-request-id\`; send your own to find a request in the logs.`;

const DESCRIPTION_SCHEMA = {
  tags: ['operations'],
  summary: 'This document',
  response: { 200: { type: 'object', additionalProperties: true } },
};

/**
 * `/api/openapi.json` and the interactive reference at `/api/docs`. The reference is megabytes of script,
 * so an application of its own is made for it at the first request; until then it costs nothing.
 */
export function serveDocumentation(app: FastifyInstance): void {
  let reference: Promise<FastifyInstance> | null = null;
  app.get('/api/openapi.json', { schema: DESCRIPTION_SCHEMA }, async () => app.swagger());
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

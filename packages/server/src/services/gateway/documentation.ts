import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** The reference page brings its own inline scripts and styles, so it alone is allowed them. */
const REFERENCE_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'";

/** Collects the schema of every route registered after it: call it first. */
export async function collectOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'DeltaStream',
        version,
        description:
          'Real-time option-chain analytics. Times are ISO-8601 UTC with milliseconds; open interest and ' +
          'volume are in contracts; a figure that cannot be computed is null, with its reason beside it. ' +
          'Errors are RFC 9457 problem documents.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'data', description: 'Prices, expiries and chains' },
        { name: 'analytics', description: 'Figures over strikes, expiries and time' },
        { name: 'mobile', description: 'Compact answers' },
        { name: 'auth', description: 'Accounts and tokens' },
        { name: 'logs', description: 'For administrators' },
        { name: 'operations', description: 'Health and metrics' },
      ],
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
}

/**
 * `/api/openapi.json` and the interactive reference at `/api/docs`. The reference is megabytes of script,
 * so an application of its own is made for it at the first request; until then it costs nothing.
 */
export function serveDocumentation(app: FastifyInstance): void {
  let reference: Promise<FastifyInstance> | null = null;
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  const handOver = async (request: FastifyRequest, reply: FastifyReply) => {
    reference ??= createReference();
    const docs = await reference;
    reply.hijack();
    docs.routing(request.raw, reply.raw);
  };
  for (const url of ['/api/docs', '/api/docs/*']) app.get(url, { schema: { hide: true } }, handOver);
}

async function createReference(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const docs = Fastify();
  docs.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', REFERENCE_POLICY).header('x-content-type-options', 'nosniff');
  });
  await docs.register(scalar, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      showDeveloperTools: 'never',
      favicon: '/favicon.svg',
    },
  });
  await docs.ready();
  return docs;
}

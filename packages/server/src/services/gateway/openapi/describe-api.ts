import swagger from '@fastify/swagger';
import Fastify, { type RouteOptions } from 'fastify';
import { completeDocument } from './complete-document.ts';
import type { OpenApiDocument } from './document.ts';

export type DescribedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema'>;

/** The OpenAPI document of these routes: registered once more, in an application that only describes them. */
export async function describeApi(routes: readonly DescribedRoute[], version: string): Promise<object> {
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
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
        { name: 'alerts', description: 'Rules on any figure, what fired, and where it is sent' },
        { name: 'ingest', description: 'Quotes of a feed in any language' },
        { name: 'replay', description: 'A stored range or a recording, played again' },
        { name: 'instruments', description: 'Contracts that venues list, and listed' },
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
  for (const route of routes) app.route({ ...route, handler: async () => undefined });
  await app.ready();
  return app.swagger();
}

const DESCRIPTION = `Real-time option-chain analytics.

- Times are ISO-8601 UTC with milliseconds; prices are in the quote currency per unit; open interest and volume are in contracts; volatilities and rates are fractions a year.
- A figure that cannot be computed is null, never 0, with its reason beside it.
- Every failure is an RFC 9457 problem document with a \`code\` of one catalogue, what the caller can do (\`remedy\`) and the id of the request.
- Unknown parameters and fields are refused, not ignored.
- Long lists are pages: \`from\` (inclusive), \`to\` (exclusive), \`limit\`, and \`cursor\` from the \`next_cursor\` before.
- Every response carries \`x-request-id\`; send your own to find a request in the logs.`;

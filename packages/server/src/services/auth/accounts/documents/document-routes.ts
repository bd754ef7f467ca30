import {
  deleteLayout,
  getLayout,
  getPreferences,
  listLayouts,
  putLayout,
  putPreferences,
} from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import { signedInRoutes } from '../../http/signed-in.ts';
import type { Perform } from '../../operations.ts';

export function documentRoutes(perform: Perform): FastifyPluginAsync {
  return async (app) => {
    const on = signedInRoutes(app, perform);
    on(getPreferences, 'preferences', ({ documents }, who) => documents.preferences(who));
    on(putPreferences, 'put_preferences', ({ documents }, who, { body }) =>
      documents.putPreferences(who, body),
    );
    on(listLayouts, 'layouts', async ({ documents }, who) => ({ layouts: await documents.layouts(who) }));
    on(getLayout, 'layout', ({ documents }, who, { params }) => documents.layout(who, params.name));
    on(putLayout, 'put_layout', ({ documents }, who, { params, body }) =>
      documents.putLayout(who, params.name, body),
    );
    on(deleteLayout, 'delete_layout', ({ documents }, who, { params, query }) =>
      documents.removeLayout(who, params.name, query.version),
    );
  };
}

import {
  checkAlertCondition,
  createAlertRule,
  deleteAlertRule,
  duplicateAlertRule,
  enableAlertRule,
  exportAlertRules,
  getAlertRule,
  importAlertRules,
  listAlertFirings,
  listAlertRules,
  muteAlertRule,
  putAlertRule,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { TokenVerifier } from '../../../kit/tokens/token.ts';
import { callerOf } from '../owners.ts';
import { listFirings } from './firings.ts';
import { checkCondition } from './rule-problem.ts';
import { createRuleTransfer } from './rule-transfer.ts';
import { createRules, type RulesParts } from './rules.ts';

/** Rules, their export and import, conditions, and what fired. */
export function ruleRoutes(parts: RulesParts, verifier: TokenVerifier | undefined): FastifyPluginAsync {
  const rules = createRules(parts);
  const transfer = createRuleTransfer(parts);
  const caller = (request: FastifyRequest) => callerOf(verifier, request);

  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listAlertRules,
      handler: async (request) => rules.list(await caller(request), request.query),
    });
    app.route({
      ...createAlertRule,
      async handler(request, reply) {
        const { rule, owner } = request.body;
        return reply.code(201).send(await rules.create(await caller(request), rule, owner));
      },
    });
    app.route({
      ...exportAlertRules,
      handler: async (request) => transfer.export(await caller(request), request.query.owner),
    });
    app.route({
      ...importAlertRules,
      handler: async (request) => transfer.import(await caller(request), request.body),
    });
    app.route({
      ...getAlertRule,
      handler: async (request) => rules.get(await caller(request), request.params.id),
    });
    app.route({
      ...putAlertRule,
      async handler(request) {
        const { version, rule } = request.body;
        return rules.put(await caller(request), request.params.id, version, rule);
      },
    });
    app.route({
      ...deleteAlertRule,
      async handler(request) {
        await rules.remove(await caller(request), request.params.id);
        return { id: request.params.id };
      },
    });
    app.route({
      ...enableAlertRule,
      handler: async (request) =>
        rules.enable(await caller(request), request.params.id, request.body.enabled),
    });
    app.route({
      ...muteAlertRule,
      handler: async (request) => rules.mute(await caller(request), request.params.id, request.body.until),
    });
    app.route({
      ...duplicateAlertRule,
      handler: async (request, reply) =>
        reply.code(201).send(await rules.duplicate(await caller(request), request.params.id)),
    });
    app.route({
      ...checkAlertCondition,
      handler: async ({ body: { subject = 'market', condition } }) => checkCondition(subject, condition),
    });
    app.route({
      ...listAlertFirings,
      handler: async (request) => listFirings(parts.store, await caller(request), request.query),
    });
  };
}

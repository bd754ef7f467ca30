import { getAlertRuleValues, MAX_STANDINGS, type RuleStanding } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { TokenVerifier } from '../../../kit/tokens/token.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { callerOf, isTheirs } from '../owners.ts';

/** The order of a response, whichever partitions the products are in. */
export const byProductAndExpiry = (a: RuleStanding, b: RuleStanding): number =>
  compare(a.product ?? '', b.product ?? '') || compare(a.expiry ?? '', b.expiry ?? '');

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** How rules stand in the evaluation of this process. */
export interface Standings {
  of(
    ruleId: string,
    query: { readonly product?: string; readonly expiry?: string; readonly limit: number },
  ): RuleStanding[];
  /** Whether every product is evaluated here. */
  isComplete(): boolean;
}

/** Live values beside the thresholds of a rule, and why it does not fire. */
export function standingRoutes(
  { store, standings }: { readonly store: Pick<AlertStore, 'rule'>; readonly standings: Standings },
  verifier: TokenVerifier | undefined,
): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...getAlertRuleValues,
      async handler(request) {
        const { id } = request.params;
        const caller = await callerOf(verifier, request);
        const rule = await store.rule(id);
        if (rule === null || !isTheirs(caller, rule.owner)) {
          throw new DeltaStreamError('not_found', `there is no rule ${JSON.stringify(id)}`);
        }
        // One more than is shown tells whether there are more.
        const found = standings.of(id, { ...request.query, limit: MAX_STANDINGS + 1 });
        return {
          rule_id: id,
          version: rule.version,
          standings: found.slice(0, MAX_STANDINGS),
          complete: found.length <= MAX_STANDINGS && standings.isComplete(),
        };
      },
    });
  };
}

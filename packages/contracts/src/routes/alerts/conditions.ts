import Type, { type Static } from 'typebox';
import type { AlertTestFiring } from '../../alerts/alert-firing.ts';
import { AlertRuleDraft, MAX_CONDITION_LENGTH, RULE_SUBJECTS } from '../../alerts/alert-rule.ts';
import { RuleStanding } from '../../alerts/alert-values.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { AlertParams, alertReadRoute } from './alert-route.ts';

export const ConditionCheck = Type.Object({
  ok: Type.Boolean(),
  message: nullable(Type.String({ description: 'What is wrong' })),
  position: nullable(
    Type.Object(
      { start: Type.Integer({ minimum: 0 }), end: Type.Integer({ minimum: 0 }) },
      { description: 'What is wrong: characters of the condition from `start` up to `end`' },
    ),
  ),
  suggestion: nullable(Type.String({ description: 'The name that may have been meant' })),
  figures: Type.Array(Type.String(), { description: 'Figures that it names; empty where it is wrong' }),
});
export type ConditionCheck = Static<typeof ConditionCheck>;

export const checkAlertCondition = alertReadRoute('POST', '/api/alerts/conditions/check', {
  summary: 'Whether a condition can be used, and where and why not',
  body: {
    condition: Type.String({ minLength: 1, maxLength: MAX_CONDITION_LENGTH }),
    subject: Type.Optional(Type.Enum([...RULE_SUBJECTS], { default: 'market' })),
  },
  response: ConditionCheck,
});

/** Products and expiries that one response shows of a rule for all of them. */
export const MAX_STANDINGS = 100;

export const getAlertRuleValues = alertReadRoute('GET', '/api/alerts/rules/:id/values', {
  summary: 'Live values beside the thresholds of a rule, and why it does not fire',
  params: AlertParams,
  query: { product: Type.Optional(ProductSymbol), expiry: Type.Optional(ExpiryDate) },
  response: Type.Object({
    rule_id: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    standings: Type.Array(RuleStanding, {
      description: 'By product and expiry, at most 100; empty while no chain came that it looks at',
    }),
    complete: Type.Boolean({ description: 'False: there are more; ask for a product' }),
  }),
  failures: ['not_found', 'unavailable'],
});

/** Of one test: far more than anybody reads, and a message each. */
export const MAX_TEST_FIRINGS = 10_000;

export const AlertTestProgress = Type.Object({
  at: Type.String({ ...IsoTime, description: 'Evaluated up to this time of the data' }),
  fraction: Type.Number({ minimum: 0, maximum: 1, description: 'Of the time that was asked for' }),
  chains: Type.Integer({ minimum: 0 }),
  firings: Type.Integer({ minimum: 0 }),
});

/** `limit`: there are more firings than are sent; `timeout`: it took too long, and `at` says how far it came. */
export const TEST_ENDS = ['complete', 'limit', 'timeout', 'stopping', 'failed'] as const;

export const AlertTestEnd = Type.Object({
  ...AlertTestProgress.properties,
  reason: Type.Enum([...TEST_ENDS]),
  detail: nullable(Type.String({ description: 'Of what failed' })),
  last: Type.Array(RuleStanding, {
    description: 'How it stood at the end for each product and expiry, at most 100',
  }),
});

/** What `testAlertRule` sends, by the names of its events. */
export interface AlertTestEvents {
  readonly progress: Static<typeof AlertTestProgress>;
  readonly firing: Static<typeof AlertTestFiring>;
  readonly end: Static<typeof AlertTestEnd>;
}

export const testAlertRule = alertReadRoute('POST', '/api/alerts/test', {
  summary: 'When a rule would have fired, over what is stored, as server-sent events',
  description:
    'Evaluated by the code that evaluates live, in the order of the chains. Events: `progress` about every second; `firing` ' +
    'for each; `end` with the reason and how the rule stood then. Closing the connection ends it.',
  body: {
    rule: AlertRuleDraft,
    from: Type.String({ format: 'date-time', description: 'Inclusive' }),
    to: Type.String({ format: 'date-time', description: 'Exclusive' }),
  },
  response: Type.String({ description: 'text/event-stream' }),
  files: ['text/event-stream'],
  failures: ['invalid_condition', 'unknown_product', 'no_data', 'too_many_connections', 'stopped'],
});

import Type, { type Static } from 'typebox';
import { ALERT_SEVERITIES } from '../market/alert.ts';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../schemas/nullable.ts';

/** A condition is a sentence, not a program; its cost is bounded by this and by what the language allows. */
export const MAX_CONDITION_LENGTH = 2_000;
/** As long as names of log alerts and API keys. */
export const MAX_RULE_NAME_LENGTH = 100;
/** Names of products that one rule may list; `*` is for more. */
export const MAX_RULE_PRODUCTS = 100;
/** Channels of one rule. */
export const MAX_RULE_CHANNELS = 10;
const DAY_SECONDS = 86_400;

/**
 * What a rule looks at: figures of chains and products, the state of the platform and the quality of its data, or
 * alerts of rules that count lines of the log. The last two are an administrator's.
 */
export const RULE_SUBJECTS = ['market', 'platform', 'log'] as const;
export type RuleSubject = (typeof RULE_SUBJECTS)[number];

/** Whose rules and channels: those of the caller, or those of the platform, which its administrators share. */
export const ALERT_OWNERS = ['me', 'operator'] as const;

/** What its owner says of a rule. */
export const alertRuleFields = {
  name: Type.String({
    minLength: 1,
    maxLength: MAX_RULE_NAME_LENGTH,
    examples: ['NIFTY put-call ratio high'],
  }),
  subject: Type.Enum([...RULE_SUBJECTS], { default: 'market' }),
  enabled: Type.Boolean({ default: true }),
  products: Type.Union(
    [
      Type.Literal('*'),
      Type.Array(ProductSymbol, { minItems: 1, maxItems: MAX_RULE_PRODUCTS, uniqueItems: true }),
    ],
    { description: 'Whose chains it looks at; `*`: of every product. Each product is judged by itself' },
  ),
  expiry: Type.Union([Type.Literal('nearest'), Type.Literal('all'), ExpiryDate], {
    default: 'nearest',
    description: '`nearest`: the first expiry that has not passed; `all`: each one is judged by itself',
  }),
  condition: Type.String({
    minLength: 1,
    maxLength: MAX_CONDITION_LENGTH,
    description:
      'CEL over names of figures; true or false. A null figure makes it neither, and nothing fires',
    examples: ['pcr_oi > 1.2 && iv_rank > 80.0'],
  }),
  clear_condition: Type.Union([Type.String({ minLength: 1, maxLength: MAX_CONDITION_LENGTH }), Type.Null()], {
    default: null,
    description:
      'Hysteresis: after it fired, it may fire again once this was true; null: once the condition was false',
  }),
  for_seconds: Type.Integer({
    minimum: 0,
    maximum: DAY_SECONDS,
    default: 0,
    description: 'The condition must hold for so long, in the time of the data',
  }),
  cooldown_seconds: Type.Integer({
    minimum: 0,
    maximum: 7 * DAY_SECONDS,
    default: 0,
    description: 'After it fired for a product and expiry, it does not for so long, in the time of the data',
  }),
  repeat: Type.Enum(['once', 'repeat'], {
    default: 'repeat',
    description: '`once`: the first firing, whatever the product, ends the rule',
  }),
  session_only: Type.Boolean({
    default: false,
    description: 'Only while contracts of the product trade continuously',
  }),
  digest_minutes: Type.Integer({
    minimum: 0,
    maximum: 1_440,
    default: 0,
    description: 'Firings of so many minutes are delivered as one message; 0: each by itself',
  }),
  severity: Type.Enum([...ALERT_SEVERITIES], { default: 'warning' }),
  channels: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    maxItems: MAX_RULE_CHANNELS,
    uniqueItems: true,
    default: [],
    description: 'Ids of channels of the same owner; the socket room and the page need none',
  }),
  message: Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()], {
    default: null,
    description:
      'Template with figures in braces, e.g. `PCR of {product} is {pcr_oi}`; null: made from the condition',
  }),
  expires_at: Type.Union([IsoTime, Type.Null()], { default: null, description: 'The rule ends then' }),
  muted_until: Type.Union([IsoTime, Type.Null()], {
    default: null,
    description: 'Until then it fires and is listed, and nothing is delivered',
  }),
} as const;

export const AlertRuleDefinition = Type.Object(alertRuleFields, { additionalProperties: false });
export type AlertRuleDefinition = Static<typeof AlertRuleDefinition>;

const { name, products, condition, ...withDefaults } = alertRuleFields;

/** A rule as a request gives it: what is left out has its default. */
export const AlertRuleDraft = Type.Object(
  { name, products, condition, ...Type.Partial(Type.Object(withDefaults)).properties },
  { additionalProperties: false },
);
export type AlertRuleDraft = Static<typeof AlertRuleDraft>;

/** The same with every default in its place. */
export const completeRule = (draft: AlertRuleDraft): AlertRuleDefinition => ({ ...defaults(), ...draft });

const defaults = () =>
  Object.fromEntries(
    Object.entries(withDefaults).map(([field, schema]) => [field, structuredClone(defaultOf(schema))]),
  ) as Omit<AlertRuleDefinition, 'name' | 'products' | 'condition'>;

const defaultOf = (schema: Type.TSchema): unknown => (schema as { readonly default?: unknown }).default;

/**
 * `armed`: it waits for its condition; `fired`: it was `once`; `expired`: by its own time; `invalid`: a release
 * changed what its condition names, and it says so in `problem`.
 */
export const RULE_STATUSES = ['armed', 'disabled', 'fired', 'expired', 'invalid'] as const;

export const AlertRuleView = Type.Object({
  id: Type.String(),
  owner: Type.Enum([...ALERT_OWNERS]),
  version: Type.Integer({ minimum: 1, description: 'Rises with every change of the rule but its mute' }),
  status: Type.Enum([...RULE_STATUSES]),
  problem: nullable(Type.String()),
  created_at: IsoTime,
  updated_at: IsoTime,
  last_fired_at: nullable(IsoTime),
  firings: Type.Integer({ minimum: 0 }),
  figures: Type.Array(Type.String(), { description: 'Figures that its conditions name' }),
  rule: AlertRuleDefinition,
});
export type AlertRuleView = Static<typeof AlertRuleView>;

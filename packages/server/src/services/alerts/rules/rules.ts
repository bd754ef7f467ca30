import { randomUUID } from 'node:crypto';
import {
  type ALERT_OWNERS,
  type AlertRuleDefinition,
  type AlertRuleDraft,
  type AlertRuleView,
  completeRule,
  MAX_RULE_NAME_LENGTH,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AlertRule, RuleKey } from '../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { type Caller, isTheirs, ownerNamed } from '../owners.ts';
import { requireStorable, storable } from '../storable-text.ts';
import { requireUsable } from './rule-problem.ts';
import type { RuleSettings } from './rule-settings.ts';
import { hasExpired, toRuleView, toRuleViews } from './views.ts';

export interface RulesParts {
  readonly store: Pick<
    AlertStore,
    'createRules' | 'rule' | 'rulesOf' | 'putRule' | 'muteRule' | 'removeRule' | 'channelsOf' | 'firings'
  >;
  readonly settings: RuleSettings;
  readonly clock: Pick<Clock, 'now'>;
  /** Told after each change, so that evaluators of this process need not look for it. */
  readonly onChanged: () => void;
}

type Owner = (typeof ALERT_OWNERS)[number];

/** Rules of callers, as routes show them. What is not the caller's is not there: `not_found`. */
export interface Rules {
  list(
    caller: Caller,
    query: { readonly owner?: Owner; readonly limit?: number; readonly cursor?: string },
  ): Promise<{ rules: AlertRuleView[]; next_cursor: string | null }>;
  get(caller: Caller, id: string): Promise<AlertRuleView>;
  create(caller: Caller, draft: AlertRuleDraft, owner?: Owner): Promise<AlertRuleView>;
  put(caller: Caller, id: string, version: number, draft: AlertRuleDraft): Promise<AlertRuleView>;
  enable(caller: Caller, id: string, enabled: boolean): Promise<AlertRuleView>;
  mute(caller: Caller, id: string, until: string | null): Promise<AlertRuleView>;
  duplicate(caller: Caller, id: string): Promise<AlertRuleView>;
  remove(caller: Caller, id: string): Promise<void>;
}

const DEFAULT_PAGE = 100;
/** Of a change that others meet: far more than people press a button at the same time. */
const MAX_TRIES = 10;

export function createRules({ store, settings, clock, onChanged }: RulesParts): Rules {
  const found = async (caller: Caller, id: string): Promise<AlertRule> => {
    const rule = await store.rule(id);
    if (rule !== null && isTheirs(caller, rule.owner)) return rule;
    throw new DeltaStreamError('not_found', `id: there is no rule ${id}`);
  };
  const requireRule = async (definition: AlertRuleDefinition, owner: string): Promise<void> => {
    const own = definition.channels.length === 0 ? [] : await store.channelsOf(owner);
    requireUsable(definition, { place: 'rule', owner, channels: new Set(own.map(({ id }) => id)) });
  };
  const viewOf = (rule: AlertRule) => toRuleView(rule, clock.now());
  const add = async (rule: AlertRule): Promise<AlertRuleView> => {
    if (!(await store.createRules([rule], settings.maxRules))) throw tooManyRules(settings.maxRules);
    onChanged();
    return viewOf(rule);
  };
  /** The rule as it is put in place of the one before. */
  const successor = (rule: AlertRule, definition: AlertRuleDefinition): AlertRule => {
    const nowMs = clock.now();
    return {
      ...rule,
      definition,
      version: rule.version + 1,
      updatedAt: nowMs,
      problem: null,
      status: statusFor(definition, nowMs),
    };
  };

  return {
    async list(caller, { owner, limit = DEFAULT_PAGE, cursor }) {
      const after = cursor === undefined ? null : readCursor(cursor);
      const rules = await store.rulesOf(ownerNamed(caller, owner), after, limit + 1);
      const page = rules.slice(0, limit);
      const last = page[page.length - 1];
      return {
        rules: await toRuleViews(page, clock.now()),
        next_cursor: rules.length > limit ? cursorAfter(last.definition.name, last.id) : null,
      };
    },

    get: async (caller, id) => viewOf(await found(caller, id)),

    async create(caller, draft, named) {
      const owner = ownerNamed(caller, named);
      const definition = readRule(draft, 'rule');
      await requireRule(definition, owner);
      return add(newRule(owner, definition, clock.now()));
    },

    async put(caller, id, version, draft) {
      const rule = await found(caller, id);
      const definition = readRule(draft, 'rule');
      await requireRule(definition, rule.owner);
      const changed = successor(rule, definition);
      if (rule.version !== version || !(await store.putRule(changed, version))) {
        throw new DeltaStreamError('version_conflict', `version: another than ${version} is stored`);
      }
      onChanged();
      return viewOf(changed);
    },

    async enable(caller, id, enabled) {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const rule = await found(caller, id);
        const definition = { ...rule.definition, enabled };
        // A channel that was removed is no reason: it goes to the others.
        if (enabled) await requireRule({ ...definition, channels: [] }, rule.owner);
        const changed = successor(rule, definition);
        if (changed.status === rule.status) return viewOf(rule);
        if (!(await store.putRule(changed, rule.version))) continue;
        onChanged();
        return viewOf(changed);
      }
      throw new DeltaStreamError('unavailable', `the rule is changed by others all the time`, {
        retryAfterSeconds: 1,
      });
    },

    async mute(caller, id, until) {
      const { owner } = await found(caller, id);
      const untilIso = until === null ? null : new Date(readInstant('until', until)).toISOString();
      if (!(await store.muteRule(owner, id, untilIso, clock.now()))) {
        throw new DeltaStreamError('not_found', `id: there is no rule ${id}`);
      }
      onChanged();
      return viewOf(await found(caller, id));
    },

    async duplicate(caller, id) {
      const { owner, definition } = await found(caller, id);
      const copy = { ...definition, name: copyName(definition.name), enabled: false, muted_until: null };
      return add(newRule(owner, copy, clock.now()));
    },

    async remove(caller, id) {
      const { owner } = await found(caller, id);
      if (!(await store.removeRule(owner, id, clock.now()))) {
        throw new DeltaStreamError('not_found', `id: there is no rule ${id}`);
      }
      onChanged();
    },
  };
}

/** A rule that nobody has yet. */
export const newRule = (owner: string, definition: AlertRuleDefinition, nowMs: number): AlertRule => ({
  ...{ id: randomUUID(), owner, version: 1, definition },
  status: statusFor(definition, nowMs),
  ...{ problem: null, createdAt: nowMs, updatedAt: nowMs, lastFiredAt: null, firings: 0 },
});

/** What its owner writes in a rule. */
const TEXTS = ['name', 'condition', 'clear_condition', 'message'] as const;

/** With all defaults, and instants in the one form in which they are compared. */
export function readRule(draft: AlertRuleDraft, place: string): AlertRuleDefinition {
  const rule = completeRule(draft);
  for (const field of TEXTS) requireStorable(`${place}.${field}`, rule[field]);
  const instant = (field: 'expires_at' | 'muted_until') => {
    const text = rule[field];
    return text === null ? null : new Date(readInstant(`${place}.${field}`, text)).toISOString();
  };
  return { ...rule, expires_at: instant('expires_at'), muted_until: instant('muted_until') };
}

export const tooManyRules = (most: number): DeltaStreamError =>
  new DeltaStreamError('limit_reached', `an account may have ${most} rules`);

function statusFor(definition: AlertRuleDefinition, nowMs: number): AlertRule['status'] {
  if (!definition.enabled) return 'disabled';
  return hasExpired(definition, nowMs) ? 'expired' : 'armed';
}

const COPY = ' (copy)';
const copyName = (name: string): string =>
  `${[...name].slice(0, MAX_RULE_NAME_LENGTH - COPY.length).join('')}${COPY}`;

/** Opaque to callers. */
const cursorAfter = (name: string, id: string): string =>
  Buffer.from(JSON.stringify([name, id])).toString('base64url');

function readCursor(cursor: string): RuleKey {
  try {
    const [name, id, ...rest] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isWhole = typeof name === 'string' && typeof id === 'string' && rest.length === 0;
    if (isWhole && cursorAfter(name, id) === cursor && storable(name + id) === name + id) return { name, id };
  } catch {
    // It is no JSON, or no list.
  }
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}

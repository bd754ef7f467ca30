import { setImmediate } from 'node:timers/promises';
import {
  type AlertFiringView,
  type AlertRuleDefinition,
  type AlertRuleView,
  isoTime,
} from '@deltastream/contracts';
import type { AlertRule, StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import { ownerView } from '../owners.ts';
import { compiledFor } from './vocabularies.ts';

/** Conditions whose figures are at hand: some thousand of a hundred characters. */
const MAX_KNOWN = 10_000;
const known = new Map<string, readonly string[]>();

/** A rule as routes show it. One whose time is over says so before the evaluator has noted it. */
export function toRuleView(rule: AlertRule, nowMs: number): AlertRuleView {
  const { definition } = rule;
  return {
    id: rule.id,
    owner: ownerView(rule.owner),
    version: rule.version,
    status: statusOf(rule, nowMs),
    problem: rule.problem,
    created_at: isoTime(rule.createdAt),
    updated_at: isoTime(rule.updatedAt),
    last_fired_at: rule.lastFiredAt === null ? null : isoTime(rule.lastFiredAt),
    firings: rule.firings,
    figures: figuresOf(definition),
    rule: definition,
  };
}

/** Of a turn of the event loop; a rule with two long conditions that are not known yet takes as much. */
const TURN_MS = 10;

/** A page of rules, between which others have the processor. */
export async function toRuleViews(rules: readonly AlertRule[], nowMs: number): Promise<AlertRuleView[]> {
  const views: AlertRuleView[] = [];
  let begun = performance.now();
  for (const rule of rules) {
    if (performance.now() - begun > TURN_MS) {
      await setImmediate();
      begun = performance.now();
    }
    views.push(toRuleView(rule, nowMs));
  }
  return views;
}

const statusOf = ({ status, definition }: AlertRule, nowMs: number): AlertRule['status'] =>
  status === 'armed' && hasExpired(definition, nowMs) ? 'expired' : status;

export const hasExpired = ({ expires_at }: AlertRuleDefinition, nowMs: number): boolean =>
  expires_at !== null && Date.parse(expires_at) <= nowMs;

/** Figures that its conditions name, each once; none of a condition that this release does not understand. */
function figuresOf({ subject, condition, clear_condition }: AlertRuleDefinition): string[] {
  const texts = clear_condition === null ? [condition] : [condition, clear_condition];
  return [...new Set(texts.flatMap((text) => namedBy(subject, text)))];
}

function namedBy(subject: AlertRuleDefinition['subject'], condition: string): readonly string[] {
  const key = `${subject} ${condition}`;
  let names = known.get(key);
  if (names === undefined) {
    const compiled = compiledFor(subject, condition);
    names = compiled.ok ? compiled.condition.figures : [];
    if (known.size === MAX_KNOWN) known.clear();
    known.set(key, names);
  }
  return names;
}

/** A firing as routes and sockets show it. */
export const toFiringView = (firing: StoredFiring): AlertFiringView => ({
  id: firing.id,
  seq: firing.seq,
  rule_id: firing.ruleId,
  rule: firing.rule,
  severity: firing.severity,
  product: firing.product,
  expiry: firing.expiry,
  at: isoTime(firing.at),
  message: firing.message,
  figures: { ...firing.figures },
  muted: firing.muted,
});

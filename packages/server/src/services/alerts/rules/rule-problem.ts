import type { AlertRuleDefinition, ConditionCheck, RuleSubject } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { templateProblem } from '../delivery/messages/message-template.ts';
import { OPERATOR_OWNER } from '../owners.ts';
import { compiledFor, vocabularyOf } from './vocabularies.ts';

/** What `POST /api/alerts/conditions/check` says of a condition. */
export function checkCondition(subject: RuleSubject, condition: string): ConditionCheck {
  const compiled = compiledFor(subject, condition);
  if (!compiled.ok) {
    const { message, position, suggestion } = compiled;
    return { ok: false, message, position, suggestion, figures: [] };
  }
  const { figures } = compiled.condition;
  return { ok: true, message: null, position: null, suggestion: null, figures: [...figures] };
}

/**
 * Throws where a rule cannot be kept: `invalid_condition` saying where, `invalid_request` naming the field. `place` is
 * where the rule stands in the request, and `channels` are the ids of its owner's.
 */
export function requireUsable(
  rule: AlertRuleDefinition,
  { place, owner, channels }: { place: string; owner: string; channels: ReadonlySet<string> },
): void {
  const { subject, condition, clear_condition, message } = rule;
  const refuse = (field: string, why: string): never => {
    throw new DeltaStreamError('invalid_request', `${place}.${field}: ${why}`);
  };
  // They see what only administrators may: with an account they would go on when it is none any more.
  if (subject !== 'market' && owner !== OPERATOR_OWNER) {
    refuse('subject', `rules about the ${subject} are the platform's own: send "owner": "operator"`);
  }
  requireCondition(subject, `${place}.condition`, condition);
  if (clear_condition !== null) requireCondition(subject, `${place}.clear_condition`, clear_condition);
  if (message !== null) {
    const problem = templateProblem(message, new Set(vocabularyOf(subject).words.keys()));
    if (problem !== null) refuse('message', `character ${problem.position + 1}: ${problem.message}`);
  }
  const unknown = rule.channels.find((id) => !channels.has(id));
  if (unknown !== undefined) refuse('channels', `the owner of the rule has no channel ${unknown}`);
}

function requireCondition(subject: RuleSubject, place: string, condition: string): void {
  const compiled = compiledFor(subject, condition);
  if (compiled.ok) return;
  const { message, position } = compiled;
  throw new DeltaStreamError('invalid_condition', `${place}, character ${position.start + 1}: ${message}`);
}

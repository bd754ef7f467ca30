import { createHash } from 'node:crypto';
import type { Condition, ConditionInputs } from '@deltastream/conditions';
import type { AlertRule, NewFiring } from '../../../../ports/stores/alerts/alert-records.ts';
import { storable } from '../../storable-text.ts';
import { VOCABULARIES } from '../rules/compile-rule.ts';
import type { RuleEntry } from '../rules/rule-set.ts';
import { firingMessage, type SaidOf } from './firing-message.ts';

/** The observation that a rule fired at. */
export interface FiredAt {
  readonly product: string | null;
  readonly expiry: string | null;
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
}

const MINUTE_MS = 60_000;
/** Of the hash of what a firing is of: collisions are out of reach. */
const ID_LENGTH = 32;

/** A firing as it is to be kept. The same observation gives the same one. */
export function createFiring({ rule, compiled }: RuleEntry, inputs: ConditionInputs, at: FiredAt): NewFiring {
  const { definition } = rule;
  const { product, expiry, atMs } = at;
  const { condition } = compiled;
  const figures = figuresOf(condition, inputs, definition.subject);
  return {
    id: firingId(rule.id, rule.version, at),
    ruleId: rule.id,
    ruleVersion: rule.version,
    owner: rule.owner,
    rule: definition.name,
    once: definition.repeat === 'once',
    severity: definition.severity,
    product,
    expiry,
    at: atMs,
    // Names in it come from elsewhere; one firing that the store cannot read would hold up all that wait with it.
    message: storable(firingMessage(definition, condition.figures, saidOf(rule, inputs, at))),
    figures,
    muted: definition.muted_until !== null && atMs < Date.parse(definition.muted_until),
    channels: definition.channels,
    digestUntil: definition.digest_minutes === 0 ? null : endOfDigest(atMs, definition.digest_minutes),
  };
}

/** What a message may name: what it is about before the figures of the subject, which may have the same name. */
function saidOf({ definition }: AlertRule, inputs: ConditionInputs, { product, expiry }: FiredAt): SaidOf {
  const { words } = VOCABULARIES[definition.subject];
  return (name) => {
    const word = words.get(name);
    switch (name) {
      case 'product':
        return product;
      case 'expiry':
        return expiry;
    }
    switch (word?.figure.kind) {
      case 'number':
        return inputs.numbers[word.slot];
      case 'name':
        return inputs.names[word.slot];
      case 'names':
        return inputs.lists[word.slot];
      default:
        return null;
    }
  };
}

function firingId(ruleId: string, version: number, { product, expiry, epoch, seq }: FiredAt): string {
  const parts = JSON.stringify([ruleId, version, product, expiry, epoch, seq]);
  return createHash('sha256').update(parts).digest('hex').slice(0, ID_LENGTH);
}

/** Digests end at multiples of their length, so that all firings of one are told together. */
function endOfDigest(atMs: number, minutes: number): number {
  const lengthMs = minutes * MINUTE_MS;
  return (Math.floor(atMs / lengthMs) + 1) * lengthMs;
}

/** The numbers that a condition names. */
export function figuresOf(
  { figures }: Condition,
  { numbers }: ConditionInputs,
  subject: keyof typeof VOCABULARIES,
): Record<string, number | null> {
  const { words } = VOCABULARIES[subject];
  return Object.fromEntries(
    figures.flatMap((name) => {
      const word = words.get(name);
      if (word?.figure.kind !== 'number') return [];
      const value = numbers[word.slot];
      return [[name, Number.isNaN(value) ? null : value]];
    }),
  );
}

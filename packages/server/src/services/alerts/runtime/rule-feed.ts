import { reasonOf } from '../../../kit/errors.ts';
import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AlertRule, RuleKey } from '../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';

/** Changes that one look finds; the next one is made at once while there are more. */
const CHANGES_AT_ONCE = 1_000;

/** What rules are brought to. */
export interface RuleSet {
  /** Why it cannot be evaluated, or null. */
  put(rule: AlertRule): string | null;
  remove(id: string): void;
}

/** Brings every change of a rule, whoever made it, to the evaluation; ends rules whose time is over. */
export interface RuleFeed {
  /** Resolves when every rule of the store is there. */
  start(): Promise<void>;
  /** Their time is over, as the data says. Never waits. */
  end(rules: readonly { readonly id: string; readonly version: number }[]): void;
  /** Looks now, as after a change that was made in this process. */
  look(): void;
  /** An owner was suspended, or is no longer. */
  ownerChanged(owner: string): void;
  /** Rules that are evaluated. */
  size(): number;
  problem(): string | null;
  stop(): Promise<void>;
}

export interface RuleFeedParts {
  readonly store: Pick<AlertStore, 'changesAfter' | 'endRule' | 'rulesOf'>;
  readonly rules: RuleSet;
  /** Rules of whom are not evaluated. */
  readonly isSuspended: (owner: string) => boolean;
  readonly clock: Clock;
  readonly warnPaced: PacedWarning;
  readonly settings: { readonly rulesMs: number };
}

export function createRuleFeed(parts: RuleFeedParts): RuleFeed {
  const { store, rules, isSuspended, clock, warnPaced, settings } = parts;
  /** Ends of rules that have one, by id. */
  const ends = new Map<string, { readonly at: number; readonly version: number }>();
  /** By id, whose they are. */
  const evaluated = new Map<string, string>();
  /** Owners whose rules are to be read again. */
  const resumed = new Set<string>();
  let last = 0;
  let problem: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let again = false;

  function drop(id: string): void {
    rules.remove(id);
    evaluated.delete(id);
  }

  async function take(id: string, rule: AlertRule | null): Promise<void> {
    ends.delete(id);
    if (rule === null || rule.status !== 'armed' || isSuspended(rule.owner)) {
      drop(id);
      return;
    }
    const unusable = rules.put(rule);
    if (unusable !== null) {
      // Another release may have named figures otherwise.
      await store.endRule(id, rule.version, 'invalid', unusable);
      drop(id);
      return;
    }
    evaluated.set(id, rule.owner);
    const { expires_at: at } = rule.definition;
    if (at !== null) ends.set(id, { at: Date.parse(at), version: rule.version });
  }

  async function readChanges(): Promise<void> {
    for (let more = true; more; ) {
      const changes = await store.changesAfter(last, CHANGES_AT_ONCE);
      for (const { change, id, rule } of changes) {
        await take(id, rule);
        last = Math.max(last, change);
      }
      more = changes.length === CHANGES_AT_ONCE;
    }
  }

  async function readResumed(): Promise<void> {
    for (const owner of resumed) {
      for (let after: RuleKey | null = null, more = true; more; ) {
        const found: AlertRule[] = await store.rulesOf(owner, after, CHANGES_AT_ONCE);
        for (const rule of found) await take(rule.id, rule);
        const last = found.at(-1);
        after = last === undefined ? null : { name: last.definition.name, id: last.id };
        more = found.length === CHANGES_AT_ONCE;
      }
      resumed.delete(owner);
    }
  }

  async function endOver(): Promise<void> {
    const now = clock.now();
    for (const [id, { at, version }] of ends) {
      if (at > now) continue;
      await store.endRule(id, version, 'expired', null);
      ends.delete(id);
      drop(id);
    }
  }

  async function lookNow(): Promise<void> {
    try {
      do {
        again = false;
        await readChanges();
        await readResumed();
        await endOver();
      } while (again);
      problem = null;
    } catch (error) {
      problem = reasonOf(error);
      warnPaced('rules', 'alert_rules_not_read', { reason: problem });
    }
  }

  function look(): void {
    again = true;
    looking ??= lookNow().finally(() => {
      looking = null;
    });
  }

  return {
    async start() {
      await readChanges();
      timer = setInterval(look, settings.rulesMs);
    },
    look,
    end(over) {
      for (const { id, version } of over) ends.set(id, { at: Number.NEGATIVE_INFINITY, version });
      look();
    },
    ownerChanged(owner) {
      if (isSuspended(owner)) {
        for (const [id, of] of [...evaluated]) if (of === owner) drop(id);
      } else resumed.add(owner);
      look();
    },
    size: () => evaluated.size,
    problem: () => problem,
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await looking;
    },
  };
}

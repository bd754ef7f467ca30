import { setImmediate } from 'node:timers/promises';
import {
  type ALERT_OWNERS,
  type AlertRuleDraft,
  type AlertRulesFile,
  type AlertRuleView,
  type ChannelKind,
  isoTime,
} from '@deltastream/contracts';
import type { AlertChannel, AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import { type Caller, ownerNamed } from '../owners.ts';
import { requireUsable } from './rule-problem.ts';
import { newRule, type RulesParts, readRule, tooManyRules } from './rules.ts';
import { toRuleViews } from './views.ts';

type Owner = (typeof ALERT_OWNERS)[number];

interface NamedChannel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly name: string;
}

export interface RuleImport {
  readonly channels?: readonly NamedChannel[];
  readonly rules: readonly AlertRuleDraft[];
  readonly owner?: Owner;
  readonly dry_run?: boolean;
}

export interface ImportedRules {
  imported: number;
  dry_run: boolean;
  rules: AlertRuleView[];
  missing_channels: { rule: string; channel: string }[];
}

/** Rules as one document, out and in. */
export interface RuleTransfer {
  export(caller: Caller, owner?: Owner): Promise<AlertRulesFile>;
  /** All of them or none. Throws as creating one does, naming the first that cannot be kept. */
  import(caller: Caller, given: RuleImport): Promise<ImportedRules>;
}

/** Rules that are read at a time. */
const PAGE = 500;

export function createRuleTransfer({ store, settings, clock, onChanged }: RulesParts): RuleTransfer {
  async function allOf(owner: string): Promise<AlertRule[]> {
    const rules: AlertRule[] = [];
    for (;;) {
      const last = rules.at(-1);
      const after = last === undefined ? null : { name: last.definition.name, id: last.id };
      const page = await store.rulesOf(owner, after, PAGE);
      rules.push(...page);
      if (page.length < PAGE) return rules;
    }
  }

  return {
    async export(caller, named) {
      const owner = ownerNamed(caller, named);
      const rules = (await allOf(owner)).map(({ definition }) => definition);
      const used = new Set(rules.flatMap(({ channels }) => channels));
      const channels = (await store.channelsOf(owner)).filter(({ id }) => used.has(id));
      return {
        ...{ format: 'deltastream-alerts', format_version: 1 },
        exported_at: isoTime(clock.now()),
        channels: channels.map(({ id, kind, name }) => ({ id, kind, name })),
        rules,
      };
    },

    async import(caller, { channels: named = [], rules: drafts, owner: whose, dry_run = false }) {
      const owner = ownerNamed(caller, whose);
      const own = await store.channelsOf(owner);
      const ids = new Set(own.map(({ id }) => id));
      const missing: ImportedRules['missing_channels'] = [];
      const nowMs = clock.now();
      const rules: AlertRule[] = [];
      for (const [i, draft] of drafts.entries()) {
        // Two long conditions take some milliseconds: others have the processor in between.
        await setImmediate();
        const place = `rules[${i}]`;
        const read = readRule(draft, place);
        const channels = new Set<string>();
        for (const id of read.channels) {
          const given = named.find((each) => each.id === id);
          const found = ids.has(id) ? id : counterpart(own, given);
          if (found === null) missing.push({ rule: read.name, channel: given?.name ?? id });
          else channels.add(found);
        }
        const definition = { ...read, channels: [...channels] };
        requireUsable(definition, { place, owner, channels: ids });
        rules.push(newRule(owner, definition, nowMs));
      }
      const isTooMany = dry_run
        ? (await allOf(owner)).length + rules.length > settings.maxRules
        : !(await store.createRules(rules, settings.maxRules));
      if (isTooMany) throw tooManyRules(settings.maxRules);
      if (!dry_run) onChanged();
      return {
        imported: rules.length,
        dry_run,
        rules: dry_run ? [] : await toRuleViews(rules, nowMs),
        missing_channels: missing,
      };
    },
  };
}

/** The only channel of that kind and name. */
function counterpart(own: readonly AlertChannel[], named: NamedChannel | undefined): string | null {
  const same = own.filter(({ kind, name }) => kind === named?.kind && name === named.name);
  return same.length === 1 ? same[0].id : null;
}

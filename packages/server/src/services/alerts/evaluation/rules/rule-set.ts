import type { Vocabulary } from '@deltastream/conditions';
import type { RuleSubject } from '@deltastream/contracts';
import type { AlertRule } from '../../../../ports/stores/alerts/alert-records.ts';
import { type CompiledRule, compileRule, VOCABULARIES } from './compile-rule.ts';

/** A rule that is evaluated, with the slots of what it names. */
export interface RuleEntry {
  /** As it was put last; of one version only its mute changes. */
  rule: AlertRule;
  readonly compiled: CompiledRule;
  /** Places among the values of an observation that it has to be evaluated for when they change. */
  readonly places: readonly number[];
  readonly changes: readonly { readonly slot: number; readonly spanMs: number }[];
  /** Slots of the figures whose previous close it needs. */
  readonly closes: readonly number[];
}

/** Rules that are armed, compiled once for all evaluators of a process and found by product. */
export interface RuleSet {
  /** Takes the rule in place of the one of its id. Gives why it cannot be evaluated, or null. */
  put(rule: AlertRule): string | null;
  remove(id: string): void;
  /** Whether any rule about markets looks at this product. */
  looksAt(product: string): boolean;
  /** Those that look at a product; of null, those that look at every one. */
  of(subject: RuleSubject, product: string | null): RuleEntry[];
  entry(id: string): RuleEntry | null;
  /** Another number whenever `of` may give other entries. */
  readonly revision: number;
}

export function createRuleSet(): RuleSet {
  const entries = new Map<string, RuleEntry>();
  const byProduct = new Map<string, Set<RuleEntry>>();
  const ofAll = new Set<RuleEntry>();
  let revision = 0;

  const setsOf = ({ rule: { definition } }: RuleEntry): Set<RuleEntry>[] =>
    definition.products === '*' ? [ofAll] : definition.products.map(setOf);

  function setOf(product: string): Set<RuleEntry> {
    const known = byProduct.get(product);
    if (known !== undefined) return known;
    const made = new Set<RuleEntry>();
    byProduct.set(product, made);
    return made;
  }

  function remove(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    revision++;
    entries.delete(id);
    for (const set of setsOf(entry)) set.delete(entry);
    const { products } = entry.rule.definition;
    if (products === '*') return;
    for (const product of products) if (byProduct.get(product)?.size === 0) byProduct.delete(product);
  }

  return {
    put(rule) {
      const known = entries.get(rule.id);
      const evaluated = rule.status === 'armed' && rule.definition.enabled;
      if (evaluated && known?.rule.version === rule.version) {
        known.rule = rule;
        return null;
      }
      remove(rule.id);
      if (!evaluated) return null;
      const compilation = compileRule(rule);
      if (!compilation.ok) return compilation.problem;
      const entry = entryOf(rule, compilation.rule);
      revision++;
      entries.set(rule.id, entry);
      for (const set of setsOf(entry)) set.add(entry);
      return null;
    },
    remove,
    looksAt: (product) => holdsMarketRule(ofAll) || holdsMarketRule(byProduct.get(product) ?? []),
    of(subject, product) {
      const own = product === null ? [] : (byProduct.get(product) ?? []);
      return [...ofAll, ...own].filter(({ rule }) => rule.definition.subject === subject);
    },
    entry: (id) => entries.get(id) ?? null,
    get revision() {
      return revision;
    },
  };
}

/** Asked for every chain: the first one is found without a list being made. */
function holdsMarketRule(entries: Iterable<RuleEntry>): boolean {
  for (const { rule } of entries) if (rule.definition.subject === 'market') return true;
  return false;
}

function entryOf(rule: AlertRule, compiled: CompiledRule): RuleEntry {
  const vocabulary = VOCABULARIES[rule.definition.subject];
  const conditions = [compiled.condition, ...(compiled.clear === null ? [] : [compiled.clear])];
  const named = new Set(conditions.flatMap(({ figures }) => figures));
  if (compiled.sessionOnly) named.add('session_phase');
  const slotOf = (figure: string) => vocabulary.words.get(figure)?.slot as number;
  return {
    rule,
    compiled,
    places: [...named].map((figure) => placeOf(vocabulary, figure)),
    changes: conditions.flatMap(({ history }) =>
      history.changes.map(({ figure, spanMs }) => ({ slot: slotOf(figure), spanMs })),
    ),
    closes: conditions.flatMap(({ history }) => history.previousCloses.map(slotOf)),
  };
}

/** Numbers come first, then names, then lists. */
function placeOf({ words, numbers, names }: Vocabulary, name: string): number {
  const word = words.get(name);
  switch (word?.figure.kind) {
    case 'number':
      return word.slot;
    case 'name':
      return numbers.length + word.slot;
    default:
      return numbers.length + names.length + (word?.slot ?? 0);
  }
}

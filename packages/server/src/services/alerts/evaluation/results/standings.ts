import { isoTime, type RuleStanding } from '@deltastream/contracts';
import type { Lane } from '../lanes/lane.ts';
import type { Part } from '../lanes/part-lanes.ts';
import type { ProductLanes } from '../lanes/product-lanes.ts';
import type { Watch } from '../lanes/watch.ts';
import { isCooling } from '../rules/rule-machine.ts';
import type { RuleEntry } from '../rules/rule-set.ts';
import { figuresOf } from './firing.ts';

export interface StandingQuery {
  readonly product?: string;
  readonly expiry?: string;
  readonly limit: number;
}

export interface EvaluatedLanes {
  readonly products: Iterable<readonly [string, Pick<ProductLanes, 'lanes'>]>;
  readonly parts: ReadonlyMap<string, Part>;
}

/** How a rule stands where it looks, by the observation that it saw last, in the order of products and expiries. */
export function standingsOf(
  entry: RuleEntry,
  { products, parts }: EvaluatedLanes,
  query: StandingQuery,
): RuleStanding[] {
  const found: { readonly place: string; readonly standing: () => RuleStanding }[] = [];
  const add = (lane: Lane, product: string | null, expiry: string | null) => {
    const watch = watchOf(lane, entry);
    const { atMs } = lane;
    if (watch === null || atMs === null) return;
    const standing = () => standingOf(watch, lane, atMs, { product, expiry });
    found.push({ place: `${product ?? ''} ${expiry ?? ''}`, standing });
  };
  for (const [product, { lanes }] of products) {
    if (query.product !== undefined && query.product !== product) continue;
    for (const [expiry, lane] of lanes) {
      if (query.expiry === undefined || query.expiry === expiry) add(lane, product, expiry);
    }
  }
  for (const { lane, product } of parts.values()) {
    if (query.product === undefined || query.product === product) add(lane, product, null);
  }
  // A rule may look at thousands: only those that are shown are evaluated.
  return found
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .slice(0, query.limit)
    .map(({ standing }) => standing());
}

function watchOf({ watches }: Lane, entry: RuleEntry): Watch | null {
  for (const watch of watches.all) if (watch.entry === entry) return watch;
  return null;
}

function standingOf(
  watch: Watch,
  { inputs, inSession }: Lane,
  atMs: number,
  about: Pick<RuleStanding, 'product' | 'expiry'>,
): RuleStanding {
  const { entry, seen } = watch;
  const { condition } = entry.compiled;
  const result = condition.evaluate(inputs, seen.crossings);
  const parts = condition.explain(inputs, seen.crossings);
  const figures = figuresOf(condition, inputs, entry.rule.definition.subject);
  const phase = phaseOf(watch, inSession, atMs);
  return {
    ...about,
    at: isoTime(atMs),
    phase,
    result,
    parts,
    figures,
    reason: reasonOf(watch, phase, { result, parts, figures }),
  };
}

function phaseOf(
  { entry: { compiled }, state }: Watch,
  inSession: boolean,
  atMs: number,
): RuleStanding['phase'] {
  if (compiled.sessionOnly && !inSession) return 'closed';
  if (state.phase === 'fired') return 'fired';
  return isCooling(compiled, state, atMs) ? 'cooling' : state.phase;
}

/** Why a rule does not fire; null where it did, at that observation. */
function reasonOf(
  { entry: { compiled }, state, seen }: Watch,
  phase: RuleStanding['phase'],
  { result, parts, figures }: Pick<RuleStanding, 'result' | 'parts' | 'figures'>,
): string | null {
  const firedAt = state.firedAtMs === null ? '' : isoTime(state.firedAtMs);
  switch (phase) {
    case 'closed':
      return 'it looks only while contracts trade continuously';
    case 'fired':
      if (seen.phase !== 'fired') return null;
      return compiled.clear === null
        ? `it fired at ${firedAt}, and its condition was not false since`
        : `it fired at ${firedAt}, and its clear condition was not true since`;
    case 'cooling':
      return `it fired at ${firedAt} and cools down for ${compiled.cooldownMs / 1_000} s`;
    case 'pending':
      return `it holds since ${isoTime(state.sinceMs ?? 0)} and has to for ${compiled.forMs / 1_000} s`;
    case 'armed':
      return result === null ? nullReason(parts, figures) : falseReason(parts);
  }
}

function nullReason(parts: RuleStanding['parts'], figures: RuleStanding['figures']): string {
  const missing = Object.keys(figures).filter((name) => figures[name] === null);
  if (missing.length > 0) return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} null`;
  const unknown = parts.filter(({ value }) => value === null).map(({ text }) => text);
  const zero = unknown.some((text) => text.includes('/')) ? ', or a division by 0' : '';
  return `not enough history yet${zero}: ${unknown.join('; ')}`;
}

function falseReason(parts: RuleStanding['parts']): string {
  const untrue = parts.filter(({ value }) => value === false).map(({ text }) => text);
  return untrue.length === 0 ? 'its condition is false' : `false: ${untrue.join('; ')}`;
}

import { DAY_MS } from '@deltastream/reference';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { type ObservedChain, setChain, setProductFigures } from '../inputs/chain-inputs.ts';
import { sessionOf } from '../inputs/previous-close.ts';
import { createSettledFigures } from '../inputs/settled-figures.ts';
import { VOCABULARIES } from '../rules/compile-rule.ts';
import { followExpiry } from '../rules/rule-machine.ts';
import type { RuleEntry, RuleSet } from '../rules/rule-set.ts';
import { NEW_STATE, type RuleState } from '../rules/rule-state.ts';
import { createKnownExpiries } from './known-expiries.ts';
import { createLane, type Lane, type LaneOutcome } from './lane.ts';
import { createWatch, type Watch } from './watch.ts';

/** As it is kept where a rule follows the nearest expiry. */
export const NEAREST = '';

/** Chains of an expiry are looked at until a day after it passed, as its last ones may be late; then it is forgotten. */
export const LOOKED_AT_AFTER_MS = DAY_MS;

/** All that is evaluated of one product: its expiries, each with the rules that look at it. */
export interface ProductLanes {
  readonly lanes: ReadonlyMap<string, Lane>;
  /** Which expiry rules of the nearest one look at; null: not known yet. */
  readonly nearest: string | null;
  figures(figures: StoredProductFigures): void;
  /** One of all expiries that the product is known to have, before a chain of it comes. */
  addExpiry(expiry: string, expiryAtMs: number): Lane;
  /** What of the past its rules need, each thing by a name of its own. */
  needs(): readonly string[];
  /** The rules may be others now. */
  refresh(): void;
  /** Null: the chain is older than what was seen of its expiry, or of one that passed long ago. */
  observe(chain: ObservedChain): ChainOutcome | null;
}

export interface ChainOutcome extends LaneOutcome {
  readonly lane: Lane;
  /** Watches of expiries that are gone: their memory can go, too. */
  readonly forgotten: readonly Watch[];
}

export interface ProductLanesOptions {
  readonly product: string;
  readonly rules: Pick<RuleSet, 'of'>;
  /** What a rule remembers of an expiry from before, once. */
  readonly take: (entry: RuleEntry, expiry: string) => RuleState | null;
  readonly settleMs: number;
  readonly maxExpiryLagMs: number;
}

export function createProductLanes(options: ProductLanesOptions): ProductLanes {
  const { product, rules, take } = options;
  const lanes = new Map<string, Lane>();
  /** Which figures of the product stand among the inputs of a lane. */
  const shown = new WeakMap<Lane, StoredProductFigures | null>();
  const figures = createSettledFigures(options.settleMs);
  const expiries = createKnownExpiries(options.maxExpiryLagMs);
  const session = sessionOf(product);
  let entries: readonly RuleEntry[] = [];
  /** Of rules that follow the nearest expiry, whichever that is. */
  let followers: readonly Watch[] = [];
  /** Those of them that look at nothing yet. */
  let waiting: readonly Watch[] = [];
  let followed: string | null = null;

  function laneOf(expiry: string): Lane {
    const known = lanes.get(expiry);
    if (known !== undefined) return known;
    const lane = createLane(VOCABULARIES.market);
    lanes.set(expiry, lane);
    refreshLane(lane, expiry);
    return lane;
  }

  function refreshLane(lane: Lane, expiry: string): void {
    const current = new Set(entries);
    const watched = new Set<RuleEntry>();
    for (const each of [...lane.watches.all]) {
      if (current.has(each.entry)) watched.add(each.entry);
      else lane.watches.delete(each);
    }
    for (const entry of entries) {
      if (!looksAt(entry, expiry) || watched.has(entry)) continue;
      lane.watches.add(createWatch(entry, expiry, take(entry, expiry) ?? NEW_STATE));
    }
    lane.keepPastFor(entries.filter((entry) => isFollower(entry) || looksAt(entry, expiry)));
  }

  /** A remembered expiry is known: the nearest one was found before. */
  function follower(entry: RuleEntry): Watch {
    const state = take(entry, NEAREST) ?? NEW_STATE;
    if (state.expiry !== null && state.expiryAtMs !== null)
      expiries.add(state.expiry, state.expiryAtMs, false);
    return createWatch(entry, NEAREST, state);
  }

  /** Rules of the nearest expiry go on with the one that is the nearest now. Gives those that changed by that. */
  function followNearest(): Watch[] {
    const nearest = expiries.nearest();
    if (nearest !== followed) {
      const before = followed === null ? undefined : lanes.get(followed);
      for (const each of followers) before?.watches.delete(each);
      waiting = followers;
      followed = nearest;
    }
    if (followed === null || waiting.length === 0) return [];
    const changed: Watch[] = [];
    const { watches } = laneOf(followed);
    for (const each of waiting) {
      if (each.state.expiry !== followed) {
        each.state = followExpiry(each.state, followed, expiries.expiryAt(followed));
        changed.push(each);
      }
      watches.add(each);
    }
    waiting = [];
    return changed;
  }

  function forgetPassed(): Watch[] {
    return expiries.forget(LOOKED_AT_AFTER_MS).flatMap((expiry) => {
      const watches = [...(lanes.get(expiry)?.watches.all ?? [])];
      lanes.delete(expiry);
      return watches.filter((each) => each.expiry !== NEAREST);
    });
  }

  return {
    lanes,
    get nearest() {
      return followed;
    },
    figures: (next) => figures.add(next, entries.length > 0),
    addExpiry(expiry, expiryAtMs) {
      expiries.add(expiry, expiryAtMs, true);
      return laneOf(expiry);
    },
    needs() {
      const changes = entries.flatMap((entry) =>
        entry.changes.map(({ slot, spanMs }) => `${slot} ${spanMs}`),
      );
      const closes = entries.flatMap((entry) => entry.closes.map((slot) => `${slot} close`));
      return [...changes, ...closes, ...(followers.length > 0 ? ['expiries'] : [])];
    },
    refresh() {
      entries = rules.of('market', product);
      for (const [expiry, lane] of lanes) refreshLane(lane, expiry);
      const current = new Set(entries);
      const known = new Set(followers.map(({ entry }) => entry));
      const added = entries.filter((entry) => isFollower(entry) && !known.has(entry)).map(follower);
      followers = [...followers.filter(({ entry }) => current.has(entry)), ...added];
      waiting = [...waiting.filter(({ entry }) => current.has(entry)), ...added];
    },
    observe(chain) {
      const { expiry, timestamp: atMs } = chain;
      if (atMs - chain.expiry_at > LOOKED_AT_AFTER_MS) return null;
      const isNew = !lanes.has(expiry);
      const lane = laneOf(expiry);
      if (lane.atMs !== null && atMs < lane.atMs) return null;
      expiries.see(expiry, chain.expiry_at, atMs);
      const moved = followNearest();
      const forgotten = isNew ? forgetPassed() : [];
      setChain(lane.inputs, chain);
      const inForce = figures.at(atMs);
      if (shown.get(lane) !== inForce) setProductFigures(lane.inputs, inForce);
      shown.set(lane, inForce);
      const { session_phase } = chain.summary;
      const outcome = lane.observe(atMs, session(atMs), session_phase === 'continuous');
      const changed = moved.length === 0 ? outcome.changed : [...new Set([...moved, ...outcome.changed])];
      return { ...outcome, lane, changed, forgotten };
    },
  };
}

const isFollower = ({ rule }: RuleEntry): boolean => rule.definition.expiry === 'nearest';

const looksAt = ({ rule: { definition } }: RuleEntry, expiry: string): boolean =>
  definition.expiry === 'all' || definition.expiry === expiry;

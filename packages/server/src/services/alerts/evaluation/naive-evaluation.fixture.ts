import type { AlertRuleDefinition } from '@deltastream/contracts';
import { DAY_MS } from './evaluation.fixture.ts';
import type { StoredPast } from './inputs/stored-history.ts';

/** What one chain says, of the figures that the tests use. */
export interface SeenChain {
  readonly expiry: string;
  readonly expiryAt: number;
  readonly at: number;
  readonly seq: number;
  readonly open: boolean;
  readonly pcr_oi: number | null;
  readonly atm_iv: number | null;
  readonly flags: readonly string[];
}

export interface SeenFigures {
  readonly at: number;
  readonly iv_rank: number | null;
}

/** A condition of the tests as a person reads it: of all chains up to one, what it is at that one. */
export interface NaiveCondition {
  readonly text: string;
  readonly value: (view: View) => boolean | null;
}

/** All that was seen up to a chain. */
export interface View {
  readonly now: SeenChain;
  /** Earlier chains of its expiry, oldest first. */
  readonly past: readonly SeenChain[];
  /** Those of them that the rule compares with: of the time that it looked at this expiry. */
  readonly compared: readonly SeenChain[];
  readonly iv_rank: number | null;
}

export interface NaiveFiring {
  readonly ruleId: string;
  readonly expiry: string;
  readonly seq: number;
}

export interface NaiveRule {
  readonly id: string;
  readonly definition: AlertRuleDefinition;
  readonly condition: NaiveCondition;
  readonly clear: NaiveCondition | null;
}

const and = (a: boolean | null, b: boolean | null) =>
  a === false || b === false ? false : a === null || b === null ? null : true;
const or = (a: boolean | null, b: boolean | null) =>
  a === true || b === true ? true : a === null || b === null ? null : false;
const above = (x: number | null, y: number | null) => (x === null || y === null ? null : x > y);

function crossesAbove({ now, compared }: View, of: (chain: SeenChain) => number | null, level: number) {
  const isAbove = above(of(now), level);
  const before = compared.map((chain) => above(of(chain), level)).findLast((each) => each !== null);
  return isAbove === null || before === undefined ? null : isAbove && !before;
}

/** By the definition: the last chain of each second that lies at or before the time, at most the span older. */
function change30s({ now, past }: View): number | null {
  const chains = [...past, now];
  const target = now.at - 30_000;
  const lastOfSecond = chains.filter(
    (chain, i) =>
      chains[i + 1] === undefined || Math.floor(chains[i + 1].at / 1_000) !== Math.floor(chain.at / 1_000),
  );
  const then = lastOfSecond.findLast(({ at }) => at <= target && at >= target - 30_000);
  return now.pcr_oi === null || (then?.pcr_oi ?? null) === null
    ? null
    : now.pcr_oi - (then?.pcr_oi as number);
}

/** Sessions of the tests are UTC days, as their product is in no reference data. */
function previousClose({ now, past }: View): number | null {
  const today = Math.floor(now.at / DAY_MS);
  return past.findLast(({ at }) => Math.floor(at / DAY_MS) < today)?.pcr_oi ?? null;
}

export const NAIVE_CONDITIONS: readonly NaiveCondition[] = [
  { text: 'pcr_oi > 1.0', value: ({ now }) => above(now.pcr_oi, 1) },
  { text: 'pcr_oi < 1', value: ({ now }) => above(1, now.pcr_oi) },
  {
    text: 'pcr_oi > 1.0 && iv_rank > 50.0',
    value: ({ now, iv_rank }) => and(above(now.pcr_oi, 1), above(iv_rank, 50)),
  },
  {
    text: 'atm_iv > 0.2 || iv_rank > 50.0',
    value: ({ now, iv_rank }) => or(above(now.atm_iv, 0.2), above(iv_rank, 50)),
  },
  { text: '"stale" in flags', value: ({ now }) => now.flags.includes('stale') },
  {
    text: '!("stale" in flags) && pcr_oi > 1.0',
    value: ({ now }) => and(!now.flags.includes('stale'), above(now.pcr_oi, 1)),
  },
  { text: 'crosses_above(pcr_oi, 1.0)', value: (view) => crossesAbove(view, ({ pcr_oi }) => pcr_oi, 1) },
  {
    text: 'crosses_above(atm_iv, 0.2) || crosses_above(pcr_oi, 1.5)',
    value: (view) =>
      or(
        crossesAbove(view, ({ atm_iv }) => atm_iv, 0.2),
        crossesAbove(view, ({ pcr_oi }) => pcr_oi, 1.5),
      ),
  },
  { text: 'change(pcr_oi, "30s") > 0.4', value: (view) => above(change30s(view), 0.4) },
  { text: 'pcr_oi > previous_close(pcr_oi)', value: (view) => above(view.now.pcr_oi, previousClose(view)) },
  { text: 'minutes_to_expiry < 60', value: ({ now }) => above(60, (now.expiryAt - now.at) / 60_000) },
  { text: 'true', value: () => true },
];

/** Chains of an expiry that is over for more than a day are not looked at. */
export const lookedAt = (chains: readonly SeenChain[]): SeenChain[] =>
  chains.filter(({ at, expiryAt }) => at - expiryAt <= DAY_MS);

/** Which rules fire, by their definition: everything is found anew from all chains at every chain. */
export function naiveFirings(
  rules: readonly NaiveRule[],
  chains: readonly SeenChain[],
  figures: readonly SeenFigures[],
  settleMs: number,
): NaiveFiring[] {
  return rules
    .flatMap((rule) => firingsOf(rule, lookedAt(chains), figures, settleMs))
    .toSorted((a, b) => a.seq - b.seq);
}

function firingsOf(
  rule: NaiveRule,
  chains: readonly SeenChain[],
  figures: readonly SeenFigures[],
  settleMs: number,
): NaiveFiring[] {
  const { definition } = rule;
  const firings: NaiveFiring[] = [];
  const keys =
    definition.expiry === 'all' ? [...new Set(chains.map(({ expiry }) => expiry))] : [definition.expiry];
  const found = keys.flatMap((key) => firingsAt(rule, looked(key, chains), chains, figures, settleMs));
  for (const firing of found.toSorted((a, b) => a.seq - b.seq)) {
    if (definition.repeat === 'once' && firings.length > 0) break;
    firings.push(firing);
  }
  return firings;
}

/** Chains that a rule looks at; of the nearest expiry, from when it is known which that is. */
function looked(key: string, chains: readonly SeenChain[]): SeenChain[] {
  if (key !== 'nearest') return chains.filter(({ expiry }) => expiry === key);
  return chains.filter((chain, i) => {
    const seen = chains.slice(0, i + 1);
    const isKnown = new Set(seen.map(({ expiry }) => expiry)).size < seen.length;
    const open = seen.filter(({ expiryAt }) => expiryAt >= chain.at);
    const nearest = open.toSorted((a, b) => a.expiryAt - b.expiryAt)[0]?.expiry;
    return isKnown && chain.expiry === nearest;
  });
}

function firingsAt(
  { id, definition, condition, clear }: NaiveRule,
  mine: readonly SeenChain[],
  chains: readonly SeenChain[],
  figures: readonly SeenFigures[],
  settleMs: number,
): NaiveFiring[] {
  const firings: NaiveFiring[] = [];
  let firedAt: number | null = null;
  let isFired = false;
  let heldSince: number | null = null;
  let followedFrom = 0;
  let expiry: string | null = null;
  for (const [i, now] of mine.entries()) {
    if (definition.expires_at !== null && now.at >= Date.parse(definition.expires_at)) break;
    if (now.expiry !== expiry) {
      expiry = now.expiry;
      followedFrom = i;
      heldSince = null;
    }
    if (definition.session_only && !now.open) {
      heldSince = null;
      continue;
    }
    const past = chains.filter(({ expiry: of, seq }) => of === now.expiry && seq < now.seq);
    const compared = mine.slice(followedFrom, i).filter(({ open }) => open || !definition.session_only);
    const settled = figures.findLast(({ at }) => (Math.floor(at / 60_000) + 1) * 60_000 + settleMs <= now.at);
    const view = { now, past, compared, iv_rank: settled?.iv_rank ?? null };
    const holds = condition.value(view);
    if (isFired) {
      if (clear === null ? holds === false : clear.value(view) === true) isFired = false;
      continue;
    }
    if (holds !== true) {
      heldSince = null;
      continue;
    }
    const forMs = definition.for_seconds * 1_000;
    const gap = past.length === 0 ? 0 : now.at - past[past.length - 1].at;
    if (heldSince === null || (forMs > 0 && gap > forMs)) heldSince = now.at;
    const isCool = firedAt === null || now.at - firedAt >= definition.cooldown_seconds * 1_000;
    if (now.at - heldSince < forMs || !isCool) continue;
    firings.push({ ruleId: id, expiry: now.expiry, seq: now.seq });
    isFired = true;
    firedAt = now.at;
    heldSince = null;
  }
  return firings;
}

/** What a store that took these chains says of their past. */
export function storeOf(chains: readonly SeenChain[], storedFigures: readonly SeenFigures[]): StoredPast {
  const lastIn = <Item extends { readonly at: number }>(
    items: readonly Item[],
    starts: readonly number[],
    toMs: number,
  ) =>
    starts.flatMap((from, i) => items.findLast(({ at }) => at >= from && at < (starts[i + 1] ?? toMs)) ?? []);
  return {
    expiries: async () =>
      [...new Map(chains.map((chain) => [chain.expiry, chain.expiryAt]))].map(([expiry, expiryAt]) => {
        const times = chains.filter((chain) => chain.expiry === expiry).map(({ at }) => at);
        return { expiry, expiryAt, firstTimestamp: Math.min(...times), lastTimestamp: Math.max(...times) };
      }),
    lastSummaries: async (_product, expiry, starts, toMs) => {
      const mine = chains.filter((chain) => chain.expiry === expiry);
      return lastIn(mine, starts, toMs).map(({ at, pcr_oi, atm_iv }) => ({
        timestamp: at,
        pcr_oi,
        atm_iv,
      })) as never;
    },
    lastProductFigures: async (_product, starts, toMs) =>
      lastIn(storedFigures, starts, toMs).map(({ at, iv_rank }) => ({
        timestamp: at,
        as_of: at,
        values: { iv_rank },
      })) as never,
  };
}

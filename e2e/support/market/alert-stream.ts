import { type AlertFiringView, ENRICHED_CHAINS } from '@deltastream/contracts';
import type { Bus } from '../../../packages/server/src/ports/bus.ts';
import { enrichedChain } from '../../../packages/server/src/services/socket-gateway/testing/enriched.fixture.ts';

const EXPIRY = '2026-12-03';
const THRESHOLDS = [1, 1.2];
/** Put-call ratios of the chains; what is null is neither above nor below. */
const VALUES = [0.8, 1.1, 1.3, null];

/** Rules that are made by `makeRules`. */
export const RULES = THRESHOLDS.length;

export interface StreamedChain {
  readonly product: string;
  readonly seq: number;
  readonly value: number | null;
}

/** A random order that is the same at every run. */
export function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % sides;
  };
}

/** Chains of each product, a few places out of order and some of them twice, and what rules fire at them. */
export function createAlertStream(
  products: readonly string[],
  chainsEach: number,
  dice: (sides: number) => number,
) {
  const values = new Map(
    products.map((product) => [
      product,
      Array.from({ length: chainsEach }, () => VALUES[dice(VALUES.length)]),
    ]),
  );
  const stream: StreamedChain[] = products
    .flatMap((product) =>
      (values.get(product) ?? []).map((value, i) => ({ product, seq: i + 1, value, at: i + dice(4) })),
    )
    .flatMap((each) => (dice(6) === 0 ? [each, { ...each, at: each.at + dice(3) }] : [each]))
    .sort((a, b) => a.at - b.at);
  const expected = THRESHOLDS.flatMap((threshold) =>
    products.flatMap((product) =>
      risesAbove(threshold, values.get(product) ?? []).map((seq) => {
        const { timestamp } = chainOf({ product, seq, value: null });
        return `above ${threshold} ${product} ${new Date(timestamp).toISOString()}`;
      }),
    ),
  ).sort();
  return { stream, expected };
}

/** When a rule fires that has no clear condition: at each rise above its threshold. */
function risesAbove(threshold: number, values: readonly (number | null)[]): number[] {
  const rises: number[] = [];
  let isAbove = false;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (value > threshold && !isAbove) rises.push(i + 1);
    isAbove = value > threshold;
  }
  return rises;
}

function chainOf({ product, seq, value }: StreamedChain) {
  const made = enrichedChain(product, EXPIRY, seq, { epoch: 'run' });
  return { ...made, summary: { ...made.summary, pcr_oi: value } };
}

export async function publishChain(bus: Bus, chain: StreamedChain): Promise<void> {
  await bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(chainOf(chain)));
}

export async function makeRules(url: string, products: readonly string[]): Promise<void> {
  for (const threshold of THRESHOLDS) {
    const condition = `pcr_oi > ${Number.isInteger(threshold) ? threshold.toFixed(1) : threshold}`;
    const rule = { name: `above ${threshold}`, products, expiry: EXPIRY, condition };
    const response = await fetch(`${url}/api/alerts/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rule }),
    });
    if (response.status !== 201) throw new Error(await response.text());
  }
}

/** What fired, as `expected` has it, and the numbers of the firings, both sorted. */
export async function readFired(url: string): Promise<{ fired: string[]; numbers: number[] }> {
  const found: AlertFiringView[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${url}/api/alerts/firings?limit=1000${query}`);
    const page = (await response.json()) as { firings: AlertFiringView[]; next_cursor: string | null };
    found.push(...page.firings);
    cursor = page.next_cursor;
  }
  return {
    fired: found.map(({ rule, product, at }) => `${rule} ${product} ${at}`).sort(),
    numbers: found.map(({ seq }) => seq).sort((a, b) => a - b),
  };
}

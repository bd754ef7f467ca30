import { expect, it } from 'vitest';
import { EXPIRY, MINUTE_MS } from '../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../ports/stores/market/market-store.ts';
import { ALL, collect } from '../../ports/stores/market/market-store-stand.fixture.ts';
import { killEachTime } from '../../testing/killed-runs.fixture.ts';
import { groupOf, KEPT_FROM, putSteps, type Step, stepOf } from './killed-rollups.fixture.ts';

const KILLS = 20;
/** Each begins with the last group that was acknowledged, as a bus does that delivers again, and puts more in turn. */
const LINES = (kill: number): number => 2 + (kill % 3);
/** Longer than a step takes, so that any moment of rolling up and removing is cut. */
const MOST_MS = 100;

export interface KilledStand {
  /** Calls `putUntilKilled` with the place of the arguments. */
  readonly script: string;
  readonly args: readonly string[];
  open(): Promise<MarketStore>;
  /** Ticks go with the snapshots of their day; not in SQLite. */
  readonly dropsTicks: boolean;
  /** Resolves once all is rolled up, and what is kept no longer removed. */
  settle(store: MarketStore): Promise<void>;
}

/** The last step of each minute, of those of one instant the last that was put. */
function lastOfMinutes(seqs: Iterable<number>): Map<number, Step> {
  const last = new Map<number, Step>();
  for (const step of Array.from(seqs, stepOf)) {
    const minute = Math.floor(step.chain.timestamp / MINUTE_MS) * MINUTE_MS;
    const held = last.get(minute);
    if (held === undefined || held.chain.timestamp <= step.chain.timestamp) last.set(minute, step);
  }
  return new Map([...last].sort(([a], [b]) => a - b));
}

async function figuresOfMinutes(store: MarketStore, minutes: readonly number[]) {
  const toMs = minutes[minutes.length - 1] + MINUTE_MS;
  return {
    chains: await store.lastSummaries('NIFTY', EXPIRY, minutes, toMs, ['pcr_oi', 'spot_price']),
    product: await store.lastProductFigures('NIFTY', minutes, toMs, ['iv_30d']),
  };
}

/** What a store must do that rolls figures up and removes what is kept no longer, whose process is killed at any moment. */
export function killedRollupsContract(name: string, createStand: () => KilledStand): void {
  it(`${name}: has every row or its roll-up, and counts it once`, { timeout: 600_000 }, () =>
    killAndCompare(createStand()),
  );
}

async function killAndCompare(stand: KilledStand): Promise<void> {
  const acknowledged = new Set<number>();
  const last = () => Math.max(0, ...acknowledged);
  const program = {
    script: stand.script,
    args: stand.args,
    begin: () => String(last()),
    lines: LINES,
    mostMs: MOST_MS,
  };
  await killEachTime(program, KILLS, async (lines, wasKilled) => {
    expect(wasKilled).toBe(true);
    for (const line of lines) acknowledged.add(Number(line));
  });
  const store = await stand.open();
  await stand.settle(store);

  // What was acknowledged is there, or what was put after it to the same minute.
  const told = lastOfMinutes([...acknowledged].flatMap(groupOf));
  const minutes = [...told.keys()];
  const found = await figuresOfMinutes(store, minutes);
  const lost = [...told.values()].filter(
    ({ chain, figures }, i) =>
      !(found.chains[i]?.timestamp >= chain.timestamp && found.product[i]?.timestamp >= figures.timestamp),
  );
  expect(lost.map(({ chain }) => chain.seq)).toEqual([]);
  expect([found.chains.length, found.product.length]).toEqual([minutes.length, minutes.length]);

  // Which of the others were stored is known once all are put again; then nothing is left open.
  const groups = Array.from({ length: last() + 3 }, (_, group) => groupOf(group));
  for (const group of groups) await putSteps(store, group);
  const seqs = groups.flat();
  await stand.settle(store);
  const expected = [...lastOfMinutes(seqs).values()];
  expect(await figuresOfMinutes(store, [...lastOfMinutes(seqs).keys()])).toEqual({
    chains: expected.map(({ chain: { timestamp, summary } }) => ({
      timestamp,
      pcr_oi: summary.pcr_oi,
      spot_price: summary.spot_price,
    })),
    product: expected.map(({ figures: { timestamp, as_of, values } }) => ({
      timestamp,
      as_of,
      values: { iv_30d: values.iv_30d },
    })),
  });
  const times = new Set(seqs.map((seq) => stepOf(seq).chain.timestamp));
  const kept = [...times].filter((time) => time >= KEPT_FROM).length;
  const ticks = stand.dropsTicks ? kept : times.size;
  expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(kept);
  expect(await store.ticks('NIFTY', ALL)).toHaveLength(ticks);
  expect(await store.counts()).toMatchObject({ snapshots: kept, quotes: 0, ticks });
  await store.close();
}

import {
  COMPARED_FIGURES,
  type ContractView,
  contractId,
  type EnrichedChain,
  type getComparison,
  HISTORY_FIGURES,
  isoTime,
  SIDES,
  type Side,
  toChainView,
} from '@deltastream/contracts';
import type { Static } from 'typebox';

type Answer = Static<(typeof getComparison.schema.response)[200]>;
type FigureChange = Answer['figures'][number];
type ContractChange = Answer['contracts'][number];

const difference = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before;

const sizeOf = (change: number | null): number => (change === null ? -1 : Math.abs(change));

/** Largest change first, what has none last; equal ones keep their order. */
const bySize =
  <Item>(changeOf: (item: Item) => number | null) =>
  (a: Item, b: Item): number =>
    sizeOf(changeOf(b)) - sizeOf(changeOf(a));

/** What changed most from one snapshot of an expiry to a later one. */
export function comparison(
  before: EnrichedChain,
  after: EnrichedChain,
  by: Answer['by'],
  top: number,
): Answer {
  const contracts = contractChanges(before, after, by).sort(bySize((each) => each[`${by}_change`]));
  return {
    product: after.product,
    expiry: after.expiry,
    before_timestamp: isoTime(before.timestamp),
    after_timestamp: isoTime(after.timestamp),
    by,
    figures: figureChanges(before, after).sort(bySize(({ change_share }) => change_share)),
    count: Math.min(top, contracts.length),
    contracts: contracts.slice(0, top),
  };
}

function figureChanges(earlier: EnrichedChain, later: EnrichedChain): FigureChange[] {
  return HISTORY_FIGURES.map((figure) => {
    const [before, after] = [earlier.summary[figure], later.summary[figure]];
    const change = difference(before, after);
    const share = change === null || before === null || before === 0 ? null : change / Math.abs(before);
    const lacking = before === null ? earlier : after === null ? later : null;
    const reason = lacking && (lacking.summary.null_reasons[figure] ?? 'not_recorded');
    return { figure, before, after, change, change_share: share, null_reason: reason };
  });
}

function contractChanges(earlier: EnrichedChain, later: EnrichedChain, by: Answer['by']): ContractChange[] {
  const before = listed(earlier);
  const after = listed(later);
  const { product, expiry } = later;
  return [...new Set([...after.keys(), ...before.keys()])].map((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const { strike, side } = (is ?? was) as Listed;
    const cells = COMPARED_FIGURES.flatMap((name) => {
      const [first, second] = [was?.contract[name] ?? null, is?.contract[name] ?? null];
      return [
        [`${name}_before`, first],
        [`${name}_after`, second],
        [`${name}_change`, difference(first, second)],
      ];
    });
    return {
      id: contractId({ product, expiry, strike, side }),
      strike,
      side,
      ...(Object.fromEntries(cells) as Omit<ContractChange, 'id' | 'strike' | 'side' | 'null_reason'>),
      null_reason: reasonOf(was, is, by),
    };
  });
}

function reasonOf(was: Listed | undefined, is: Listed | undefined, by: Answer['by']): string | null {
  if (was === undefined) return 'not_listed_before';
  if (is === undefined) return 'not_listed_after';
  if (was.contract[by] === null) return `no_${by}_before`;
  return is.contract[by] === null ? `no_${by}_after` : null;
}

interface Listed {
  readonly strike: number;
  readonly side: Side;
  readonly contract: ContractView;
}

function listed(chain: EnrichedChain): Map<string, Listed> {
  const { strikes, calls, puts } = toChainView(chain);
  const contracts = new Map<string, Listed>();
  for (const [i, strike] of strikes.entries()) {
    for (const side of SIDES) {
      const contract = (side === 'call' ? calls : puts)[i];
      if (contract !== null) contracts.set(`${strike} ${side}`, { strike, side, contract });
    }
  }
  return contracts;
}

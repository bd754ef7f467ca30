import type { ConditionInputs } from '@deltastream/conditions';
import {
  CHAIN_FIGURE_NAMES,
  type ChainFigureName,
  type ChainHeader,
  type ChainSummary,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
} from '@deltastream/contracts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { VOCABULARIES } from '../rules/compile-rule.ts';

/** A chain as an evaluator takes it: what its frame says before the columns. */
export type ObservedChain = ChainHeader & { readonly summary: ChainSummary };

const { market } = VOCABULARIES;
const MINUTE_MS = 60_000;

/** Names with the slots of their values, of those of one kind. */
function slotted<Name extends string>(names: readonly Name[], kind: 'number' | 'name'): [Name, number][] {
  return names.flatMap((name): [Name, number][] => {
    const word = market.words.get(name);
    return word?.figure.kind === kind ? [[name, word.slot]] : [];
  });
}
const CHAIN_NUMBERS = slotted<ChainFigureName>(CHAIN_FIGURE_NAMES, 'number');
const CHAIN_NAMES = slotted<ChainFigureName>(CHAIN_FIGURE_NAMES, 'name');
const PRODUCT_NUMBERS = slotted<ProductFigureName>(PRODUCT_FIGURE_NAMES, 'number');

const slotOf = (name: string): number => market.words.get(name)?.slot as number;
const MINUTES_TO_EXPIRY = slotOf('minutes_to_expiry');
const PRODUCT = slotOf('product');
const EXPIRY = slotOf('expiry');
const FLAGS = slotOf('flags');

/** Sets the figures of a chain, in place of those of the one before. */
export function setChain(
  { numbers, names, lists }: ConditionInputs,
  { product, expiry, expiry_at, timestamp, quality, summary }: ObservedChain,
): void {
  const values = summary as Readonly<Record<string, unknown>>;
  for (const [name, slot] of CHAIN_NUMBERS) numbers[slot] = numberOf(values[name]);
  for (const [name, slot] of CHAIN_NAMES) names[slot] = (values[name] ?? null) as string | null;
  numbers[MINUTES_TO_EXPIRY] = (expiry_at - timestamp) / MINUTE_MS;
  names[PRODUCT] = product;
  names[EXPIRY] = expiry;
  lists[FLAGS] = quality;
}

/** Sets the figures of the product; null: it has none. */
export function setProductFigures(
  { numbers }: ConditionInputs,
  figures: Pick<StoredProductFigures, 'values'> | null,
): void {
  const values = figures?.values;
  for (const [name, slot] of PRODUCT_NUMBERS) numbers[slot] = numberOf(values?.[name]);
}

/** Frames come from elsewhere: what is no finite number is null. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;

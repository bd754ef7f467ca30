import {
  ChainPointView,
  ChainSummaryView,
  type ChainView,
  ContractView,
  MobileChainView,
} from '@deltastream/contracts';
import type { TObject } from 'typebox';
import { pickFields, readFields } from '../../../kit/responses/fields.ts';

const namesOf = (...schemas: TObject[]): ReadonlySet<string> =>
  new Set(schemas.flatMap((schema) => Object.keys(schema.properties)));

const CONTRACT = namesOf(ContractView);
const CHAIN = namesOf(ChainSummaryView, ContractView);
const POINT = namesOf(ChainPointView);
const MOBILE = namesOf(MobileChainView);
/** What says which chain it is, so that a response can be told from another. */
const IDENTITY = ['product', 'expiry', 'timestamp'] as const;

type Fields = ReadonlySet<string> | null;

export const chainFields = (fields: string | undefined): Fields => readFields(fields, CHAIN);
export const pointFields = (fields: string | undefined): Fields => readFields(fields, POINT);
export const mobileFields = (fields: string | undefined): Fields => readFields(fields, MOBILE);

/** The chosen figures of a summary or a point beside its identity. */
export const chosenFigures = (view: object, names: ReadonlySet<string>): Record<string, unknown> =>
  pickFields(view, new Set([...IDENTITY, ...names]));

export const choosesContracts = (names: ReadonlySet<string>): boolean =>
  [...names].some((name) => CONTRACT.has(name));

/** As `chosenFigures`; strikes and contracts are there when a field of contracts is among the chosen. */
export function chosenChain(chain: ChainView, names: ReadonlySet<string>): Record<string, unknown> {
  const { strikes, calls, puts, ...summary } = chain;
  const figures = chosenFigures(summary, names);
  if (!choosesContracts(names)) return figures;
  const chosen = (contract: (typeof calls)[number]) => contract && pickFields(contract, names);
  return { ...figures, strikes, calls: calls.map(chosen), puts: puts.map(chosen) };
}

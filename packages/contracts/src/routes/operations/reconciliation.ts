import Type, { type Static } from 'typebox';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { ContractId } from '../../market/contracts/contract-id.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { adminRoute } from '../route.ts';

/** What an exchange's end-of-day report and the store say of one contract. */
export const RECONCILED_OUTCOMES = [
  'equal',
  'different',
  'missing_here',
  'missing_there',
  'not_compared',
] as const;
export type ReconciledOutcome = (typeof RECONCILED_OUTCOMES)[number];

/** What is compared; open interest and volume in contracts. */
export const RECONCILED_FIGURES = ['open_interest', 'volume', 'settlement'] as const;
export type ReconciledFigure = (typeof RECONCILED_FIGURES)[number];

const cell = nullable(Type.Number());

export const ReconciledContract = Type.Object({
  contract: ContractId,
  product: ProductSymbol,
  session: ExpiryDate,
  expiry: ExpiryDate,
  strike: Type.Number(),
  side: Type.Enum([...SIDES]),
  outcome: Type.Enum([...RECONCILED_OUTCOMES]),
  stored_at: nullable(IsoTime),
  open_interest_here: cell,
  open_interest_there: cell,
  open_interest_difference: cell,
  volume_here: cell,
  volume_there: cell,
  volume_difference: cell,
  settlement_here: cell,
  settlement_there: cell,
  settlement_difference: cell,
});
export type ReconciledContract = Static<typeof ReconciledContract>;

const contracts = (description: string) => Type.Integer({ minimum: 0, description });

export const ReconciledSession = Type.Object({
  product: ProductSymbol,
  session: ExpiryDate,
  report: Type.String({ description: "File name of the exchange's report" }),
  reconciled_share: nullable(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Contracts that are equal, of those that were compared or are missing; null when there are none',
    }),
  ),
  equal: contracts('Every figure that both have is the same'),
  different: contracts('A figure that both have is not the same'),
  missing_here: contracts(
    'In the report with open interest or volume, and not in the last chain of the session',
  ),
  missing_there: contracts('In that chain with open interest or volume, and not in the report'),
  not_compared: contracts('In both, without a figure that both have'),
});
export type ReconciledSession = Static<typeof ReconciledSession>;

export const listReconciliations = adminRoute('GET', '/api/admin/reconciliation', {
  summary: "Stored closes against the exchange's end-of-day reports, by product and session (administrators)",
  description:
    'Of the reports that --reconcile-bhavcopy names, the newest session first. `awaited` are files that are due and ' +
    'not there.',
  query: {},
  response: Type.Object({
    count: Type.Integer(),
    sessions: Type.Array(ReconciledSession),
    awaited: Type.Array(Type.String()),
  }),
  table: listTable('sessions', ReconciledSession),
});

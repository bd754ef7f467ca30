import Type, { type Static } from 'typebox';
import { nullable } from '../schemas/nullable.ts';

/** Accounts of one message: some KB of it. */
export const MAX_ACCOUNTS_OF_MESSAGE = 100;
const Id = Type.String({ minLength: 1, maxLength: 64 });

/** How an account stands; `deleted` is also one that is not known. */
export const AccountState = Type.Object({
  id: Id,
  state: Type.Union([Type.Literal('active'), Type.Literal('disabled'), Type.Literal('deleted')]),
});
export type AccountState = Static<typeof AccountState>;

/** Accounts that changed, where `asked` is null; else those of the question of that id. */
export const AccountStates = Type.Object({
  asked: nullable(Id),
  accounts: Type.Array(AccountState, { maxItems: MAX_ACCOUNTS_OF_MESSAGE }),
});
export type AccountStates = Static<typeof AccountStates>;

/** How these accounts stand, somebody asks. */
export const AccountQuestion = Type.Object({
  id: Id,
  accounts: Type.Array(Id, { maxItems: MAX_ACCOUNTS_OF_MESSAGE }),
});
export type AccountQuestion = Static<typeof AccountQuestion>;

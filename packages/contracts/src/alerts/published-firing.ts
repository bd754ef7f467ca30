import Type, { type Static } from 'typebox';
import { Numbered } from '../market/chain.ts';
import { AlertFiringView } from './alert-firing.ts';

/**
 * A firing as it is told to whoever shows it to its owner: published once it is kept, again where it is not sure that
 * it was. `seq` numbers the firings of its owner, so that one that comes twice, or is missing, is seen.
 */
export const PublishedFiring = Type.Object({
  owner: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Id of an account, `local` or `operator`',
  }),
  ...Numbered,
  firing: AlertFiringView,
});
export type PublishedFiring = Static<typeof PublishedFiring>;

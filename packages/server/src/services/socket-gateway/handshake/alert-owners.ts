import type { ALERT_OWNERS } from '@deltastream/contracts';
import { type Identity, mayDo } from '../../../kit/tokens/token.ts';

/** Whose alerts a connection may follow, by what it calls them; null: it may not. */
export type AlertOwners = Readonly<Record<(typeof ALERT_OWNERS)[number], string | null>>;

/** As REST has it: an account has its own; who needs no token, on this machine, is `local`; administrators have the platform's. */
export function alertOwnersOf(identity: Identity | null, isOnThisMachine: boolean): AlertOwners {
  if (identity === null) return { me: isOnThisMachine ? 'local' : null, operator: null };
  return {
    me: mayDo(identity, 'viewer', 'alerts:read') ? identity.userId : null,
    operator: mayDo(identity, 'admin', 'alerts:read') ? 'operator' : null,
  };
}

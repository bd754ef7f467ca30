import type { ALERT_OWNERS } from '@deltastream/contracts';
import type { FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import { bearerToken, identify, type TokenVerifier } from '../../kit/tokens/token.ts';

/** Who asks for rules and channels. */
export interface Caller {
  /** Whose rules and channels are his: the id of an account. */
  readonly owner: string;
  /** Shares those of the platform. */
  readonly isAdmin: boolean;
}

/** Of callers on this machine that need no token. */
export const LOCAL_OWNER = 'local';
/** Of rules and channels that the administrators of the platform share. */
export const OPERATOR_OWNER = 'operator';

/**
 * The access of the route was checked before: without a token it is somebody on this machine, who needs none. That one is
 * no administrator, as nothing of administrators opens without a token.
 */
export async function callerOf(
  verifier: TokenVerifier | undefined,
  request: FastifyRequest,
): Promise<Caller> {
  if (verifier === undefined || bearerToken(request) === null) return { owner: LOCAL_OWNER, isAdmin: false };
  const { userId, role } = await identify(verifier, request);
  return { owner: userId, isAdmin: role === 'admin' };
}

/** The owner that a request names. Throws `forbidden` for those of the platform where the caller is no administrator. */
export function ownerNamed(
  { owner, isAdmin }: Caller,
  named: (typeof ALERT_OWNERS)[number] | undefined,
): string {
  if (named !== 'operator') return owner;
  if (isAdmin) return OPERATOR_OWNER;
  throw new DeltaStreamError('forbidden', 'owner: those of the platform are for administrators');
}

/** Whether what belongs to this owner is the caller's. To others it is not there. */
export const isTheirs = (caller: Caller, owner: string): boolean =>
  owner === caller.owner || (caller.isAdmin && owner === OPERATOR_OWNER);

/** As responses say it. */
export const ownerView = (owner: string): (typeof ALERT_OWNERS)[number] =>
  owner === OPERATOR_OWNER ? 'operator' : 'me';

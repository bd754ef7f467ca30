import type { AuthenticationResponse } from '@deltastream/contracts';
import type { ClientAddress } from '../../../kit/access/addresses.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { LONGEST_TIMER_MS } from '../../../kit/settings-fragment.ts';
import {
  bearerTokenOf,
  type Identity,
  mayDo,
  TOKEN_RULE_HEADER,
  type TokenVerifier,
} from '../../../kit/tokens/token.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ClientSocket } from './client-session.ts';

/** Lets connections in by their access token, and cuts them when it is revoked or expires. */
export interface TokenGate {
  /** For `io.use`: refuses a bad token, and a missing one where one is required. */
  admit(socket: ClientSocket, next: (error?: Error) => void): void;
  /** Who the connection was let in as; null without a token. */
  identityOf(socket: ClientSocket): Identity | null;
  /** Cuts the connection when its token ends, unless `authenticate` brings a newer one of the session. */
  watch(socket: ClientSocket): void;
  stop(): void;
}

export interface TokenGateOptions {
  readonly verifier: TokenVerifier | undefined;
  readonly required: boolean;
  /** Where a connection comes from: unknown tokens are counted by it. */
  readonly addressOf: ClientAddress;
  readonly clock: Clock;
  readonly onCut: (socket: ClientSocket, reason: CutReason) => void;
}

type CutReason = 'revoked' | 'expired';

/** Throws `invalid_setting` when tokens are required and nobody can check them. */
export function createTokenGate({
  verifier,
  required,
  addressOf,
  clock,
  onCut,
}: TokenGateOptions): TokenGate {
  if (required && !verifier) {
    throw new DeltaStreamError(
      'invalid_setting',
      'sockets need a token here and none can be checked: say --auth-url, or --auth-required false to let everybody read',
    );
  }
  const identities = new WeakMap<ClientSocket, Identity>();
  const bySession = new Map<string, Set<ClientSocket>>();

  const check = async (token: string, address: string): Promise<Identity> => {
    if (!verifier) throw new DeltaStreamError('invalid_token', 'tokens are not checked here');
    const identity = await verifier.verify(token, address);
    if (mayDo(identity, 'viewer', 'market:read')) return identity;
    throw new DeltaStreamError('forbidden', 'the API key lacks the scope market:read');
  };

  const cut = (socket: ClientSocket, reason: CutReason) => {
    onCut(socket, reason);
    socket.emit('error', { code: 'invalid_token', message: `the access token is ${reason}` });
    socket.disconnect(true);
  };

  const stopListening = verifier?.onRevoked((sessionId) => {
    for (const socket of bySession.get(sessionId) ?? []) cut(socket, 'revoked');
  });

  const enter = (socket: ClientSocket, { sessionId }: Identity) => {
    const sockets = bySession.get(sessionId) ?? new Set();
    bySession.set(sessionId, sockets.add(socket));
    socket.on('disconnect', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && bySession.get(sessionId) === sockets) bySession.delete(sessionId);
    });
  };

  return {
    admit(socket, next) {
      const token = tokenOf(socket);
      if (token === null) {
        const needed = required || socket.handshake.headers[TOKEN_RULE_HEADER] !== undefined;
        next(needed ? refusal('unauthenticated', 'the connection carries no access token') : undefined);
        return;
      }
      check(token, addressOf(socket.request)).then(
        (identity) => {
          identities.set(socket, identity);
          next();
        },
        (error: unknown) => {
          const { code, message } = reasonOfRefusal(error);
          next(refusal(code, message));
        },
      );
    },

    identityOf: (socket) => identities.get(socket) ?? null,

    watch(socket) {
      const first = identities.get(socket);
      // Later a polling client may have another connection than that of its handshake, which tells no address then.
      const address = addressOf(socket.request);
      let timer: NodeJS.Timeout | undefined;
      const cutAt = ({ exp }: Identity) => {
        clearTimeout(timer);
        const leftMs = Math.min(Math.max(0, exp * 1000 - clock.now()), LONGEST_TIMER_MS);
        timer = setTimeout(() => cut(socket, 'expired'), leftMs);
      };
      const renew = async (token: unknown): Promise<AuthenticationResponse> => {
        try {
          const identity = await check(String(token), address);
          if (identity.sessionId !== first?.sessionId) {
            throw new DeltaStreamError(
              'invalid_token',
              'the token is of another session; connect anew with it',
            );
          }
          cutAt(identity);
          return { ok: true };
        } catch (error) {
          const { code, message } = reasonOfRefusal(error);
          return { ok: false, error: { code, message } };
        }
      };
      socket.on('disconnect', () => clearTimeout(timer));
      socket.on('authenticate', (token: unknown, ack: unknown) => {
        void renew(token).then((result) => {
          if (!result.ok) socket.emit('error', result.error);
          if (typeof ack === 'function') ack(result);
        });
      });
      if (first === undefined) return;
      enter(socket, first);
      cutAt(first);
      // A revocation between the check and the entry into the list would be missed.
      check(tokenOf(socket) ?? '', address).catch(() => cut(socket, 'revoked'));
    },

    stop() {
      stopListening?.();
    },
  };
}

/** `auth: { token }` of Socket.IO clients, else the Authorization header of the handshake. */
function tokenOf({ handshake }: ClientSocket): string | null {
  const { token } = handshake.auth as { token?: unknown };
  if (token !== undefined) return String(token);
  return bearerTokenOf(handshake.headers.authorization);
}

const reasonOfRefusal = (error: unknown): Pick<DeltaStreamError, 'code' | 'message'> =>
  error instanceof DeltaStreamError ? error : { code: 'internal', message: 'the token could not be checked' };

/** What Socket.IO hands to the client's `connect_error`, with the code in `data`. */
const refusal = (code: string, message: string): Error =>
  Object.assign(new Error(message), { data: { code } });

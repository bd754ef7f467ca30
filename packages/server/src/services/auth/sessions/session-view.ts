import { isoTime, type LiveSessions } from '@deltastream/contracts';
import type { Static } from 'typebox';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { Session } from '../../../ports/stores/users/user-store.ts';
import { sessionIdOf } from './refresh-token.ts';

/** Sessions without what is secret of them; the one that asks is marked, whosever account they are of. */
export const viewOfSessions = (
  sessions: readonly Session[],
  { sessionId }: Identity,
): Static<typeof LiveSessions> => ({
  sessions: sessions.map((session) => {
    const id = sessionIdOf(session.familyId);
    return {
      id,
      current: id === sessionId,
      created_at: isoTime(session.createdAt),
      last_used_at: isoTime(session.at),
      expires_at: isoTime(session.expiresAt),
      device: session.device,
      network: session.network,
    };
  }),
});

import { type AccountState, AUTH_ACCOUNT_QUESTIONS, AUTH_ACCOUNTS } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';

export interface AccountStatesParts {
  readonly users: UserStore;
  readonly bus: Pick<Bus, 'publish' | 'follow'>;
  readonly logger: Logger;
}

/**
 * Tells services that keep things of accounts how those stand. What is told may be lost, with this process or the bus:
 * who keeps things asks now and then, and asking is answered from the store.
 */
export interface AccountStates {
  /** The store, each of whose changes is told once it is made. */
  readonly users: UserStore;
  /** Says how accounts stand to whoever asks from now on. */
  start(): Promise<Subscription>;
}

export function createAccountStates({ users, bus, logger }: AccountStatesParts): AccountStates {
  async function stateOf(id: string): Promise<AccountState> {
    const user = await users.byId(id);
    if (user === null) return { id, state: 'deleted' };
    return { id, state: user.disabledAt === null ? 'active' : 'disabled' };
  }

  async function publish(asked: string | null, ids: readonly string[]): Promise<void> {
    try {
      const accounts = await Promise.all(ids.map(stateOf));
      await bus.publish(AUTH_ACCOUNTS.name, AUTH_ACCOUNTS.frames.encode({ asked, accounts }));
    } catch (error) {
      logger.event('account_states_not_published', { reason: reasonOf(error) });
    }
  }

  const telling =
    <Rest extends readonly unknown[]>(change: (userId: string, ...rest: Rest) => Promise<boolean>) =>
    async (userId: string, ...rest: Rest): Promise<boolean> => {
      const isChanged = await change(userId, ...rest);
      if (isChanged) await publish(null, [userId]);
      return isChanged;
    };

  return {
    users: {
      ...users,
      disable: telling(users.disable),
      enable: telling(users.enable),
      remove: telling(users.remove),
    },
    start: () =>
      bus.follow(AUTH_ACCOUNT_QUESTIONS.name, 'latest', ({ frame, position }) => {
        try {
          const { id, accounts } = AUTH_ACCOUNT_QUESTIONS.frames.decode(frame);
          void publish(id, accounts);
        } catch (error) {
          logger.event('account_states_left_out', {
            ...{ topic: AUTH_ACCOUNT_QUESTIONS.name, position, reason: reasonOf(error) },
          });
        }
      }),
  };
}

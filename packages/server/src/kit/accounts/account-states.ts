import { randomUUID } from 'node:crypto';
import {
  type AccountState,
  AUTH_ACCOUNT_QUESTIONS,
  AUTH_ACCOUNTS,
  MAX_ACCOUNTS_OF_MESSAGE,
} from '@deltastream/contracts';
import type { Bus } from '../../ports/bus.ts';
import { DeltaStreamError, reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';

/**
 * How accounts stand, for services that keep things of theirs. They come over the bus, in one process as in many, so that no
 * service needs access to the accounts.
 */
export interface Accounts {
  /** Rejects with `unavailable` where the auth service does not say it in time: then nothing is known of any of them. */
  statesOf(ids: readonly string[]): Promise<AccountState[]>;
  /** Rejects what is being asked with `stopped`. */
  stop(): Promise<void>;
}

export interface AccountsParts {
  readonly bus: Pick<Bus, 'publish' | 'follow'>;
  readonly logger: Logger;
  /** How long a response is waited for. */
  readonly timeoutMs: number;
  /** Of each account that was deleted, disabled or enabled from now on. A message may be lost with the process that sends it. */
  readonly onChanged: (state: AccountState) => void;
}

export async function followAccounts({
  bus,
  logger,
  timeoutMs,
  onChanged,
}: AccountsParts): Promise<Accounts> {
  const asked = new Map<string, PromiseWithResolvers<AccountState[]>>();
  const following = await bus.follow(AUTH_ACCOUNTS.name, 'latest', ({ frame, position }) => {
    try {
      const states = AUTH_ACCOUNTS.frames.decode(frame);
      if (states.asked === null) for (const each of states.accounts) onChanged(each);
      else asked.get(states.asked)?.resolve(states.accounts);
    } catch (error) {
      logger.event('account_states_left_out', {
        ...{ topic: AUTH_ACCOUNTS.name, position, reason: reasonOf(error) },
      });
    }
  });

  async function ask(ids: readonly string[]): Promise<AccountState[]> {
    const id = randomUUID();
    const response = Promise.withResolvers<AccountState[]>();
    const timer = setTimeout(() => {
      const waited = `the auth service did not say within ${timeoutMs} ms how accounts stand`;
      response.reject(new DeltaStreamError('unavailable', waited));
    }, timeoutMs);
    asked.set(id, response);
    try {
      const question = AUTH_ACCOUNT_QUESTIONS.frames.encode({ id, accounts: [...ids] });
      // A bus that is away may keep a publication waiting.
      await Promise.race([bus.publish(AUTH_ACCOUNT_QUESTIONS.name, question), response.promise]);
      return await response.promise;
    } finally {
      clearTimeout(timer);
      asked.delete(id);
    }
  }

  return {
    async statesOf(ids) {
      const states: AccountState[] = [];
      for (let i = 0; i < ids.length; i += MAX_ACCOUNTS_OF_MESSAGE) {
        states.push(...(await ask(ids.slice(i, i + MAX_ACCOUNTS_OF_MESSAGE))));
      }
      return states;
    },
    async stop() {
      for (const { reject } of asked.values()) reject(new DeltaStreamError('stopped', 'it is stopping'));
      await following.stop();
    },
  };
}

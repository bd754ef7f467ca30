import type { AccountState } from '@deltastream/contracts';
import { type Accounts, followAccounts } from '../../../kit/accounts/account-states.ts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { LOCAL_OWNER, OPERATOR_OWNER } from '../owners.ts';

/**
 * Lets rules and channels go on only for accounts that may log in: nothing of one that is disabled is evaluated or sent until
 * it is enabled, and all of one that is deleted is removed. The auth service tells each change; what is lost of that is
 * mended by asking, at the start and again and again. While it does not respond everything stays as it was.
 */
export interface AccountWatch {
  isSuspended(owner: string): boolean;
  /** Those that were suspended are known when it resolves. Rejects where the store fails. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface AccountWatchParts {
  readonly bus: Pick<Bus, 'publish' | 'follow'>;
  readonly store: Pick<AlertStore, 'ownersAfter' | 'suspendOwner' | 'suspendedOwners' | 'removeOwner'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: {
    readonly accountsMs: number;
    readonly accountsRetryMs: number;
    readonly accountsTimeoutMs: number;
    readonly unknownAccountMs: number;
  };
  /** An owner is suspended from now on, or no longer. */
  readonly onChanged: (owner: string) => void;
}

/** Owners that are asked about at a time. */
const PAGE = 100;

export function createAccountWatch(parts: AccountWatchParts): AccountWatch {
  const { bus, store, clock, logger, settings, onChanged } = parts;
  const warnPaced = createPacedWarning(logger);
  const suspended = new Map<string, number>();
  let accounts: Accounts | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** What was told and what was asked is done one after the other. */
  let working: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function suspend(owner: string): Promise<number> {
    const known = suspended.get(owner);
    if (known !== undefined) return known;
    const sinceMs = clock.now();
    await store.suspendOwner(owner, sinceMs);
    suspended.set(owner, sinceMs);
    onChanged(owner);
    logger.event('alert_account_suspended', { user_id: owner });
    return sinceMs;
  }

  async function resume(owner: string): Promise<void> {
    if (!suspended.has(owner)) return;
    await store.suspendOwner(owner, null);
    suspended.delete(owner);
    onChanged(owner);
    logger.event('alert_account_resumed', { user_id: owner });
  }

  /** Evaluation and delivery end first; who fails after that goes on at the next look. */
  async function remove(owner: string): Promise<void> {
    await suspend(owner);
    await store.removeOwner(owner, clock.now());
    suspended.delete(owner);
    logger.event('alert_account_removed', { user_id: owner });
  }

  async function take({ id, state }: AccountState, isTold: boolean): Promise<void> {
    if (state === 'active') await resume(id);
    else if (state === 'disabled') await suspend(id);
    else {
      // Where its deletion was not told, the accounts may be those of an old backup, or of another platform.
      const sinceMs = await suspend(id);
      if (isTold || clock.now() - sinceMs >= settings.unknownAccountMs) await remove(id);
    }
  }

  async function lookAtAll(): Promise<void> {
    // Also of those whose rules are gone meanwhile.
    await lookAt((await store.suspendedOwners()).map(({ owner }) => owner));
    for (let after = ''; !isStopped; ) {
      const owners = await store.ownersAfter(after, PAGE);
      if (owners.length === 0) return;
      after = owners[owners.length - 1];
      await lookAt(owners);
    }
  }

  async function lookAt(owners: readonly string[]): Promise<void> {
    const asked = owners.filter((owner) => owner !== LOCAL_OWNER && owner !== OPERATOR_OWNER);
    if (asked.length === 0 || accounts === null) return;
    for (const state of await accounts.statesOf(asked)) {
      if (asked.includes(state.id)) await take(state, false);
    }
  }

  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isStopped) warnPaced('accounts', 'alert_accounts_not_looked_up', { reason: reasonOf(error) });
      return false;
    }
  };

  function look(): void {
    timer = null;
    working = working.then(async () => {
      const isDone = isStopped || (await attempt(lookAtAll));
      if (isStopped) return;
      timer = setTimeout(look, isDone ? settings.accountsMs : settings.accountsRetryMs);
    });
  }

  function told(state: AccountState): void {
    if (isStopped) return;
    working = working.then(async () => {
      await attempt(() => take(state, true));
    });
  }

  return {
    isSuspended: (owner) => suspended.has(owner),
    async start() {
      for (const { owner, sinceMs } of await store.suspendedOwners()) suspended.set(owner, sinceMs);
      const { accountsTimeoutMs: timeoutMs } = settings;
      accounts = await followAccounts({ bus, logger, timeoutMs, onChanged: told });
      look();
    },
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await accounts?.stop();
      await working;
    },
  };
}

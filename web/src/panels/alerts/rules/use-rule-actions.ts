import { useServerAction } from '../../../platform/use-server-query.ts';

/** What can be done with a rule of the list. */
export interface RuleActions {
  readonly busy: boolean;
  /** Of the last one that was refused. */
  readonly error: Error | null;
  enable(id: string, enabled: boolean): void;
  /** Milliseconds from now; null: it is delivered again. */
  mute(id: string, forMs: number | null): void;
  duplicate(id: string): void;
  remove(id: string): void;
}

export function useRuleActions(): RuleActions {
  const enable = useServerAction('enableAlertRule', ['listAlertRules', 'getAlertRuleValues']);
  const mute = useServerAction('muteAlertRule', ['listAlertRules']);
  const duplicate = useServerAction('duplicateAlertRule', ['listAlertRules']);
  const remove = useServerAction('deleteAlertRule', ['listAlertRules']);
  const all = [enable, mute, duplicate, remove];
  // The outcome of the action before is not that of this one.
  const begin = () => {
    for (const each of all) each.reset();
  };
  return {
    busy: all.some(({ isPending }) => isPending),
    error: all.find((each) => each.error)?.error ?? null,
    enable(id, enabled) {
      begin();
      enable.mutate({ id, enabled });
    },
    mute(id, forMs) {
      begin();
      mute.mutate({ id, until: forMs === null ? null : new Date(Date.now() + forMs).toISOString() });
    },
    duplicate(id) {
      begin();
      duplicate.mutate({ id });
    },
    remove(id) {
      begin();
      remove.mutate({ id });
    },
  };
}

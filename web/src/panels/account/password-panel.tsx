import { ActionButton } from '../../form/action-button.tsx';
import { Field, Problem, valuesOf } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useServerAction } from '../../platform/use-server-query.ts';
import { NewPassword } from '../../session/register-form.tsx';
import { useOwnAccount } from './own-password.tsx';

/** Changes the password; every other session ends with that. */
export function PasswordPanel() {
  const account = useOwnAccount();
  const change = useServerAction('changePassword', ['getMe', 'listSessions']);
  return (
    <Panel
      title="Password"
      note="every other session ends with a change"
      pending={!account.data}
      error={account.data ? null : account.error}
      retry={() => void account.refetch()}
    >
      <form
        className="form narrow"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const { current_password, new_password = '' } = valuesOf(form);
          change.mutate({ current_password, new_password }, { onSuccess: () => form.reset() });
        }}
      >
        {account.data?.has_password && (
          <Field
            label="Current password"
            name="current_password"
            type="password"
            autoComplete="current-password"
            required
          />
        )}
        <NewPassword label="New password" name="new_password" />
        <Problem error={change.error} />
        {change.isSuccess && (
          <p className="form-done" role="status">
            The password is changed.
          </p>
        )}
        <ActionButton type="submit" className="primary" disabled={change.isPending}>
          Change the password
        </ActionButton>
      </form>
    </Panel>
  );
}

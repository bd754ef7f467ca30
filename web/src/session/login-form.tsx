import { ApiError } from '@deltastream/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../form/action-button.tsx';
import { Field, Problem, valuesOf } from '../form/form.tsx';
import { useServer } from '../platform/platform.tsx';

/** Email and password, and the code where the account has a second factor. */
export function LoginForm() {
  const { client } = useServer();
  const [asksForCode, setAsksForCode] = useState(false);
  const login = useMutation({
    mutationFn: (given: Parameters<typeof client.login>[0]) => client.login(given),
    onError: (error) => needsCode(error) && setAsksForCode(true),
  });
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const { email = '', password = '', code } = valuesOf(event.currentTarget);
        login.mutate({ email, password, ...(code && { code: code.replaceAll(' ', '') }) });
      }}
    >
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        required
        onChange={() => setAsksForCode(false)}
      />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      {asksForCode && <CodeField />}
      {!needsCode(login.error) && <Problem error={login.error} />}
      <ActionButton type="submit" className="primary" disabled={login.isPending}>
        Log in
      </ActionButton>
    </form>
  );
}

/** The password was right, and the second factor is missing. */
export const needsCode = (error: Error | null): boolean =>
  error instanceof ApiError && error.code === 'second_factor_required';

/** The code of a second factor, asked for after everything else. */
export const CodeField = () => (
  <Field
    label="Code"
    name="code"
    hint="Six digits of your authenticator, or a recovery code"
    autoComplete="one-time-code"
    required
    minLength={6}
    autoFocus
  />
);

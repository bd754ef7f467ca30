import { useMutation } from '@tanstack/react-query';
import { ActionButton } from '../form/action-button.tsx';
import { Field, Problem, valuesOf } from '../form/form.tsx';
import { useServer } from '../platform/platform.tsx';

export function RegisterForm() {
  const { client } = useServer();
  const register = useMutation({
    mutationFn: (given: Parameters<typeof client.register>[0]) => client.register(given),
  });
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const { email = '', password = '', name } = valuesOf(event.currentTarget);
        register.mutate({ email, password, ...(name && { name }) });
      }}
    >
      <Field label="Email" name="email" type="email" autoComplete="username" required />
      <Field label="Name (optional)" name="name" autoComplete="name" maxLength={100} />
      <NewPassword label="Password" name="password" />
      <Problem error={register.error} />
      <ActionButton type="submit" className="primary" disabled={register.isPending}>
        Create the account
      </ActionButton>
    </form>
  );
}

/** A password that is being chosen; the server refuses common ones with the reason. */
export const NewPassword = ({ label, name }: { readonly label: string; readonly name: string }) => (
  <Field
    label={label}
    name={name}
    type="password"
    hint="8 to 256 characters, 15 or more advised"
    autoComplete="new-password"
    required
    minLength={8}
    maxLength={256}
  />
);

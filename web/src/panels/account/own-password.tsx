import { Field } from '../../form/form.tsx';
import { useServerQuery } from '../../platform/use-server-query.ts';

const REFRESH_MS = 60_000; // It changes here, or in another browser of the same person.

export const useOwnAccount = () => useServerQuery('getMe', {}, { refreshMs: REFRESH_MS });

/** Asked for again before what cannot be undone; an account without one needs a recent login instead. */
export function OwnPassword() {
  const { data } = useOwnAccount();
  if (!data?.has_password) return null;
  return (
    <Field label="Your password" name="password" type="password" autoComplete="current-password" required />
  );
}

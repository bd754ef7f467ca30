import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Field, Problem, valuesOf } from '../form/form.tsx';
import { useServer } from '../platform/platform.tsx';
import { keepBegunLogin, takeBegunLogin } from './external-login.ts';
import { localAddress, loginAddress } from './local-address.ts';
import { needsCode } from './login-form.tsx';

/** Logins at other providers, where the operator configured some; and the way back from one. */
export function Providers() {
  const { client } = useServer();
  const search = useSearch();
  const [path, go] = useLocation();
  const providers = useQuery({
    queryKey: ['listLoginProviders'],
    queryFn: ({ signal }) => client.listLoginProviders({}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [to] = useState(
    () => new URLSearchParams(search).get('to') ?? (path === '/login' ? null : `${path}?${search}`),
  );

  const begin = useMutation({
    mutationFn: async ({ provider, code }: { provider: string; code?: string }) => {
      const { url, flow } = await client.beginExternalLogin({ provider });
      keepBegunLogin({ flow, to, ...(code && { code }) });
      location.assign(url);
    },
  });
  const { mutate: complete, error } = useMutation({
    mutationFn: (given: Parameters<typeof client.completeExternalLogin>[0]) =>
      client.completeExternalLogin(given),
  });
  useEffect(() => {
    const begun = takeBegunLogin(search);
    if (begun === null) return;
    // What the provider sent is good once: a reload must not send it again.
    const [page, query = ''] = localAddress(begun.to).split('?');
    go(loginAddress(page, query), { replace: true });
    complete({ flow: begun.flow, query: search, ...(begun.code && { code: begun.code }) });
  }, [search, complete, go]);

  return (
    <>
      {!needsCode(error) && <Problem error={error ?? begin.error} />}
      {providers.data?.providers.map(({ name }) => (
        <form
          key={name}
          className="form narrow"
          onSubmit={(event) => {
            event.preventDefault();
            begin.mutate({ provider: name, ...valuesOf(event.currentTarget) });
          }}
        >
          {needsCode(error) && (
            <Field
              label="Code"
              name="code"
              hint={`Six digits of your authenticator, or a recovery code; then ${name} is asked once more`}
              autoComplete="one-time-code"
              required
              minLength={6}
            />
          )}
          <button type="submit" disabled={begin.isPending}>
            Continue with {name}
          </button>
        </form>
      ))}
    </>
  );
}

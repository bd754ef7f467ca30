import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { ActionButton } from '../form/action-button.tsx';
import { Problem, valuesOf } from '../form/form.tsx';
import { useServer } from '../platform/platform.tsx';
import { keepBegunLogin, takeBegunLogin } from './external-login.ts';
import { addressAfterLogin, localAddress, loginAddress } from './local-address.ts';
import { CodeField, needsCode } from './login-form.tsx';

/** What a provider sent back, once the reader has given the code of the second factor. */
interface Returned {
  readonly flow: string;
  readonly query: string;
}

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
  /** Waits for the code, in the memory of this page alone. */
  const [returned, setReturned] = useState<Returned | null>(null);

  const {
    mutate: complete,
    error,
    isPending,
  } = useMutation({
    mutationFn: (given: Parameters<typeof client.completeExternalLogin>[0]) =>
      client.completeExternalLogin(given),
    onSettled: () => setReturned(null),
  });
  const begin = useMutation({
    mutationFn: async (provider: string) => {
      const { url, flow } = await client.beginExternalLogin({ provider });
      keepBegunLogin({ flow, to: addressAfterLogin(path, search), asksForCode: needsCode(error) });
      location.assign(url);
    },
  });
  useEffect(() => {
    const begun = takeBegunLogin(search);
    if (begun === null) return;
    // What the provider sent is good once: a reload must not send it again.
    const [page, query = ''] = localAddress(begun.to).split('?');
    go(loginAddress(page, query), { replace: true });
    const back = { flow: begun.flow, query: search };
    if (begun.asksForCode) setReturned(back);
    else complete(back);
  }, [search, complete, go]);

  if (returned !== null) {
    return (
      <form
        className="form narrow"
        onSubmit={(event) => {
          event.preventDefault();
          const { code = '' } = valuesOf(event.currentTarget);
          complete({ ...returned, code: code.replaceAll(' ', '') });
        }}
      >
        <CodeField />
        <ActionButton type="submit" className="primary" disabled={isPending}>
          Complete the login
        </ActionButton>
      </form>
    );
  }
  return (
    <>
      {needsCode(error) ? (
        <p role="status">
          This account has a second factor: continue once more, and its code is asked for afterwards.
        </p>
      ) : (
        <Problem error={error ?? begin.error} />
      )}
      {providers.data?.providers.map(({ name }) => (
        <ActionButton key={name} disabled={begin.isPending} onClick={() => begin.mutate(name)}>
          Continue with {name}
        </ActionButton>
      ))}
    </>
  );
}

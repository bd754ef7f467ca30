import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Problem } from '../../form/form.tsx';
import { browserStorage } from '../../platform/browser-storage.ts';
import { useSession } from '../../platform/platform.tsx';
import { browserLayouts } from './browser-layouts.ts';
import { type Taken, takeAlong } from './take-along.ts';
import { useLayoutStore, useRefreshLayouts } from './use-layout-store.ts';

const BROWSER = browserLayouts(browserStorage);
const LEFT = 'deltastream.workspaces.left';

/** Offers a reader who is logged in to keep the workspaces of this browser with the account; once for each account. */
export function BrowserWorkspaces() {
  const person = useSession()?.user.id;
  return person === undefined ? null : <Offer key={person} person={person} />;
}

function Offer({ person }: { readonly person: string }) {
  const key = `${LEFT}.${person}`;
  const account = useLayoutStore();
  const refresh = useRefreshLayouts();
  const [isLeft, setIsLeft] = useState(() => browserStorage.getItem(key) !== null);
  const names = useQuery({
    queryKey: ['workspaces of the browser', person],
    queryFn: () => BROWSER.names(),
    enabled: !isLeft,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const take = useMutation({
    mutationFn: () => takeAlong(BROWSER, account),
    onSettled: () => Promise.all([refresh(), names.refetch()]),
  });
  function leave(): void {
    browserStorage.setItem(key, 'left');
    setIsLeft(true);
  }
  if (isLeft) return null;
  if (take.data) {
    return (
      <p className="banner" role="status">
        {takenText(take.data)}{' '}
        <button type="button" onClick={() => setIsLeft(true)}>
          Close
        </button>
      </p>
    );
  }
  if (!names.data || names.data.length === 0) return null;
  return (
    <section className="banner" aria-label="Workspaces of this browser">
      <p>
        {names.data.length === 1 ? 'A workspace is' : `${names.data.length} workspaces are`} saved in this
        browser alone: {names.data.join(', ')}.{' '}
        <ActionButton disabled={take.isPending} onClick={() => take.mutate()}>
          Keep with your account
        </ActionButton>{' '}
        <ActionButton disabled={take.isPending} onClick={leave}>
          Leave them here
        </ActionButton>
      </p>
      <Problem error={take.error} />
    </section>
  );
}

function takenText(taken: readonly Taken[]): string {
  const renamed = taken
    .filter(({ from, to }) => from !== to)
    .map(({ from, to }) => `${from} is called ${to} there`);
  return [`With your account now: ${taken.map(({ from }) => from).join(', ')}`, ...renamed]
    .join('; ')
    .concat('.');
}

import type { ReactNode } from 'react';
import { useChoice } from '../../panel/choice/choice.tsx';
import { useSession } from '../../platform/platform.tsx';
import type { Owner } from './alert-types.ts';

const OWNERS: Readonly<Record<Owner, string>> = { me: 'Mine', operator: "The platform's" };

/** Whose alerts the page shows, the same in all its panels; who is no administrator has a choice of one, and no buttons. */
export function useAlertOwner(): { readonly owner: Owner; readonly buttons: ReactNode } {
  const mayChoose = useSession()?.user.role === 'admin';
  const { value, buttons } = useChoice<Owner>('alerts-of', 'Whose alerts', OWNERS);
  return mayChoose ? { owner: value, buttons } : { owner: 'me', buttons: null };
}

import type { SuspendedOwner } from '../../ports/stores/alerts/alert-records.ts';

/** Owners that are suspended are among the texts that are kept, each under its name after this. */
export const SUSPENDED = 'suspended ';

export const suspendedName = (owner: string): string => `${SUSPENDED}${owner}`;

export const toSuspended = (name: string, text: string): SuspendedOwner => ({
  owner: name.slice(SUSPENDED.length),
  sinceMs: Number(text),
});

import type { ReactNode } from 'react';

/** What lines of either kind, found or followed, put into their panel. */
export interface PanelParts {
  readonly note: string | null;
  readonly pending: boolean;
  readonly error: Error | null;
  readonly retry?: () => void;
  readonly stale?: string | null;
  readonly empty?: string | null;
  readonly controls: ReactNode;
  readonly content: ReactNode;
}

import type { ReactNode } from 'react';

/** A component in one state. */
export interface Story {
  readonly name: string;
  readonly shown: ReactNode;
  /** It takes a row of its own. */
  readonly wide?: true;
}

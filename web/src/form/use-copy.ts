import { useState } from 'react';

/** Copies a text, and says what became of it; `select` marks it on the page first. */
export function useCopy(what: string) {
  const [said, setSaid] = useState<string | null>(null);
  async function copy(text: string, select: () => void): Promise<void> {
    select();
    try {
      // Browsers have no clipboard where a page came by plain HTTP from another machine.
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch {
      setSaid(`The browser does not allow it; the ${what} is selected, so that its own copying has it.`);
    }
  }
  return { said, copy };
}

import { changedElsewhere, type LayoutStore } from './layout-store.ts';

/** A workspace that is with the account now. */
export interface Taken {
  readonly from: string;
  /** Another name than `from` where the account has another workspace of that one. */
  readonly to: string;
}

const LONGEST_NAME = 60; // As the contract of layouts has it.

/**
 * Moves what is saved in a browser to an account, one after the other: each is removed from the browser once the account
 * has it. A workspace of the account is never replaced; the browser's gets another name then, or is the same one. Rejects
 * with what went wrong; what was taken until then is with the account, and the rest still in the browser.
 */
export async function takeAlong(browser: LayoutStore, account: LayoutStore): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  for (const from of await browser.names()) {
    const saved = await browser.read(from);
    if (saved === null) continue;
    const to = await placeOf(from, saved.layout, account);
    await browser.remove(from, saved.version).catch((error: Error) => {
      // Another tab saved it once more meanwhile: that is still here, and can be taken, too.
      if (error.message !== changedElsewhere(from).message) throw error;
    });
    taken.push({ from, to });
  }
  return taken;
}

/** The name under which the account has this layout; it is written unless it is there already. */
async function placeOf(name: string, layout: string, account: LayoutStore): Promise<string> {
  for (const to of namesFor(name)) {
    const there = await account.read(to);
    if (there?.layout === layout) return to;
    if (there !== null) continue;
    await account.write(to, layout, null);
    return to;
  }
  throw new Error(`The workspace ${name} has no free name. Rename it, and try again.`);
}

const MOST_NAMES = 50; // As many as an account has workspaces by default.

function namesFor(name: string): readonly string[] {
  const withEnd = (end: string) => `${name.slice(0, LONGEST_NAME - end.length).trimEnd()}${end}`;
  const numbered = Array.from({ length: MOST_NAMES }, (_, i) => withEnd(` (browser ${i + 2})`));
  return [name, withEnd(' (browser)'), ...numbered];
}

import { useSyncExternalStore } from 'react';

/** Colours that a canvas draws with; the style sheet's `--name`, as the theme has them now. */
const NAMES = [
  'paper',
  'raised',
  'ink',
  'muted',
  'line',
  'accent',
  'call',
  'put',
  'call-strong',
  'put-strong',
  'up',
  'down',
  'warn',
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'scale-low',
  'scale-middle',
  'scale-high',
] as const;

export type Tokens = Readonly<Record<(typeof NAMES)[number], string>>;

let read: { readonly theme: string; readonly tokens: Tokens } | null = null;

/** `light` or `dark`, by the reader's choice, else by the system. */
function theme(): string {
  const chosen = document.documentElement.dataset.theme;
  return chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

export function readTokens(): Tokens {
  const now = theme();
  if (read?.theme === now) return read.tokens;
  const probe = document.body.appendChild(document.createElement('span'));
  const tokens = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Tokens;
  probe.remove();
  read = { theme: now, tokens };
  return tokens;
}

/** The colours for canvases; new ones when the theme changes. */
export function useTokens(): Tokens {
  return useSyncExternalStore(onThemeChange, readTokens);
}

function onThemeChange(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(changed);
  system.addEventListener('change', changed);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', changed);
    chosen.disconnect();
  };
}

import { lazy, Suspense, useState } from 'react';
import { useKey } from '../../keys/keys.tsx';

/** A chunk of its own: most pages are left without it. */
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

/** Ctrl-K, or Cmd-K: goes to a product, an expiry, a page, a panel or a figure, and sets the theme. */
export function CommandPalette() {
  const [open, setOpen] = useState(false);
  useKey('Mod+k', 'Find a product, expiry, page, panel or figure', () => setOpen(!open));
  if (!open) return null;
  return (
    <Suspense>
      <Palette onClose={() => setOpen(false)} />
    </Suspense>
  );
}

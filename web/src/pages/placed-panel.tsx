import { type ReactNode, Suspense, useRef } from 'react';
import { useMarketView } from '../market/view/market-view.tsx';
import { notHereText } from '../market/view/not-here.ts';
import { type Pin, titleWith } from '../market/view/pin.ts';
import { PinnedMarket } from '../market/view/pinned-market.tsx';
import { PanelBoundary } from '../panel/boundary/panel-boundary.tsx';
import { PanelVisible, useOnScreen } from '../panel/panel-visible.tsx';
import { Message, Skeleton } from '../panel/states.tsx';
import { useSession } from '../platform/platform.tsx';
import { useFormat } from '../preferences/use-preferences.tsx';
import { type Needs, PANELS, type PanelName } from './panels.ts';

interface PlacedPanelProps {
  readonly name: PanelName;
  /** Null for what the page shows. */
  readonly pin?: Pin | null;
  readonly className: string;
  /** Whether its place is shown, as far as is known without looking. */
  readonly shown?: boolean;
}

/** A panel at its place; what the panel follows is left while its place is off the screen. */
export function PlacedPanel({ name, pin = null, className, shown = true }: PlacedPanelProps) {
  const place = useRef<HTMLDivElement>(null);
  const onScreen = useOnScreen(place);
  const { component: Component, title } = PANELS[name];
  const panel = (
    <PanelBoundary>
      <Suspense fallback={<Skeleton />}>
        <Component />
      </Suspense>
    </PanelBoundary>
  );
  return (
    <div ref={place} className={className} data-panel={name}>
      <PanelVisible visible={shown && onScreen}>
        {pin === null ? (
          panel
        ) : (
          <PinnedMarket pin={pin}>
            <OfPin title={title}>{panel}</OfPin>
          </PinnedMarket>
        )}
      </PanelVisible>
    </div>
  );
}

/** The panel, or why there is nothing of what it is pinned to. */
function OfPin({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { missing, storedAt, pin } = useMarketView();
  const format = useFormat();
  if (missing === null) return children;
  const { what, why } = notHereText(missing, storedAt, format);
  const full = titleWith(title, pin);
  return (
    <section className="panel" aria-label={full}>
      <header className="panel-head">
        <h2>{full}</h2>
      </header>
      <Message kind="empty" text={`${what} ${why}`} />
    </section>
  );
}

/** Brings a panel of the page that was just gone to into sight, once the page is there. */
export function showPanel(name: PanelName): void {
  // After the frame that commits the page.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector(`[data-panel="${name}"]`)?.scrollIntoView()),
  );
}

/** Whether the reader may use what needs a login or a role. */
export function useMayUse(): (needs?: Needs) => boolean {
  const role = useSession()?.user.role;
  return (needs) => needs === undefined || (needs === 'login' ? role !== undefined : role === 'admin');
}

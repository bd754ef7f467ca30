import { Suspense, useRef } from 'react';
import { PanelBoundary } from '../panel/boundary/panel-boundary.tsx';
import { PanelVisible, useOnScreen } from '../panel/panel-visible.tsx';
import { Skeleton } from '../panel/states.tsx';
import { useSession } from '../platform/platform.tsx';
import { type Needs, PANELS, type PanelName } from './pages.ts';

interface PlacedPanelProps {
  readonly name: PanelName;
  readonly className: string;
  /** Whether its place is shown, as far as is known without looking. */
  readonly shown?: boolean;
}

/** A panel at its place; what the panel follows is left while its place is off the screen. */
export function PlacedPanel({ name, className, shown = true }: PlacedPanelProps) {
  const place = useRef<HTMLDivElement>(null);
  const onScreen = useOnScreen(place);
  const { component: Component } = PANELS[name];
  return (
    <div ref={place} className={className}>
      <PanelVisible visible={shown && onScreen}>
        <PanelBoundary>
          <Suspense fallback={<Skeleton />}>
            <Component />
          </Suspense>
        </PanelBoundary>
      </PanelVisible>
    </div>
  );
}

/** Whether the reader may use what needs a login or a role. */
export function useMayUse(): (needs?: Needs) => boolean {
  const role = useSession()?.user.role;
  return (needs) => needs === undefined || (needs === 'login' ? role !== undefined : role === 'admin');
}

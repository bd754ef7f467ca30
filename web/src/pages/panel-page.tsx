import { Suspense } from 'react';
import { Skeleton } from '../panel/states.tsx';
import { PANELS, type Page } from './pages.ts';

/** A page of panels in a grid of twelve columns. */
export function PanelPage({ page }: { readonly page: Page }) {
  return (
    <div className="panel-grid">
      {page.panels.map((name) => {
        const { component: Component, span } = PANELS[name];
        return (
          <div key={name} className={`span-${span}`}>
            <Suspense fallback={<Skeleton />}>
              <Component />
            </Suspense>
          </div>
        );
      })}
    </div>
  );
}

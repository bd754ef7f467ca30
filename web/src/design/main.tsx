import '../frame/frame.css';
import './design.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ServerProvider } from '../platform/platform.tsx';
import { PreferencesProvider } from '../preferences/use-preferences.tsx';
import { CHART_STORIES } from './chart-stories.tsx';
import { FixedMarket, fixedPlatform } from './fixed-market.tsx';
import { FORM_STORIES } from './form-stories.tsx';
import { FRAME_STORIES } from './frame-stories.tsx';
import { PANEL_STORIES } from './panel-stories.tsx';
import type { Story } from './story.ts';

const SECTIONS: readonly (readonly [title: string, stories: readonly Story[]])[] = [
  ['Panel', PANEL_STORIES],
  ['Charts', CHART_STORIES],
  ['Frame', FRAME_STORIES],
  ['Forms and figures', FORM_STORIES],
];

/** Every shared component in each of its states, over figures that never change. */
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ServerProvider server={fixedPlatform('connected')}>
      <PreferencesProvider>
        <FixedMarket>
          <main className="design">
            {SECTIONS.map(([title, stories]) => (
              <section key={title} aria-label={title}>
                <h1>{title}</h1>
                <div className="stories">
                  {stories.map(({ name, wide, shown }) => (
                    <figure key={name} className={wide ? 'wide' : undefined}>
                      <figcaption>{name}</figcaption>
                      {shown}
                    </figure>
                  ))}
                </div>
              </section>
            ))}
          </main>
        </FixedMarket>
      </PreferencesProvider>
    </ServerProvider>
  </StrictMode>,
);

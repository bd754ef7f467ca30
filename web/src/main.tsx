import { createClient } from '@deltastream/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { KeysProvider } from './keys/keys.tsx';
import { MarketViewProvider } from './market/view/market-view.tsx';
import { PanelBoundary } from './panel/boundary/panel-boundary.tsx';
import { browserStorage } from './platform/browser-storage.ts';
import { PlatformProvider, ServerProvider } from './platform/platform.tsx';
import { PreferencesProvider } from './preferences/use-preferences.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { createBrowserSession } from './session/session-store.ts';

const session = createBrowserSession({ storage: browserStorage, events: window, locks: navigator.locks });
const server = { client: createClient({ baseUrl: '', session: session.shared }), session };
// The client tries again by itself where that makes sense.
const queries = new QueryClient({
  defaultOptions: {
    // A platform on this machine is there without a network.
    queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <PanelBoundary>
      <ServerProvider server={server}>
        <QueryClientProvider client={queries}>
          <PreferencesProvider>
            <SessionGate>
              <PlatformProvider>
                <KeysProvider>
                  <MarketViewProvider>
                    <App />
                  </MarketViewProvider>
                </KeysProvider>
              </PlatformProvider>
            </SessionGate>
          </PreferencesProvider>
        </QueryClientProvider>
      </ServerProvider>
    </PanelBoundary>
  </StrictMode>,
);

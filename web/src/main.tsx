import { createClient } from '@deltastream/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { KeysProvider } from './keys/keys.tsx';
import { MarketViewProvider } from './market/market-view.tsx';
import { PlatformProvider, ServerProvider } from './platform/platform.tsx';
import { PreferencesProvider } from './preferences/use-preferences.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { createBrowserSession } from './session/session-store.ts';

const session = createBrowserSession({ storage: localStorage, events: window });
const server = { client: createClient({ baseUrl: '', session }), session };
// The client tries again by itself where that makes sense.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } },
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
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
  </StrictMode>,
);

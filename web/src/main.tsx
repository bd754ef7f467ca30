import { connectSocket, createClient } from '@deltastream/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { KeysProvider } from './keys/keys.tsx';
import { MarketViewProvider } from './market/market-view.tsx';
import { PlatformProvider } from './platform/platform.tsx';
import { PreferencesProvider } from './preferences/use-preferences.tsx';

const platform = { client: createClient({ baseUrl: '' }), socket: connectSocket({ url: '' }) };
// The client tries again by itself where that makes sense.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } },
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <PlatformProvider platform={platform}>
      <QueryClientProvider client={queries}>
        <PreferencesProvider>
          <KeysProvider>
            <MarketViewProvider>
              <App />
            </MarketViewProvider>
          </KeysProvider>
        </PreferencesProvider>
      </QueryClientProvider>
    </PlatformProvider>
  </StrictMode>,
);

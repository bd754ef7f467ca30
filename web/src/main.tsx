import { connectSocket, createClient } from '@deltastream/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const client = createClient({ baseUrl: '' });
const socket = connectSocket({ url: '' });

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App client={client} socket={socket} />
  </StrictMode>,
);

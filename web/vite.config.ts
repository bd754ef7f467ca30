import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a running platform. */
const PLATFORM = 'http://localhost:8000';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // Every asset is a file, so that the page needs no exception in its content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': PLATFORM, '/socket.io': { target: PLATFORM, ws: true } } },
});

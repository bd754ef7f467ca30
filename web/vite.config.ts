import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { serviceWorker } from './service-worker/build.ts';

/** Where `npm run dev` finds a running platform. */
const PLATFORM = 'http://localhost:8000';

const SIZE_EXPRESSION = fileURLToPath(new URL('./src/charts/gl/size-expression.ts', import.meta.url));
const COMPILED = "new Function('width', 'height', 'dpr', 'return ' + exprRes[1])";

/** echarts-gl's renderer compiles text, which the content security policy forbids; here it is read instead. */
const withoutEval: Plugin = {
  name: 'claygl-without-eval',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('claygl/src/createCompositor.js')) return null;
    if (!code.includes(COMPILED))
      throw new Error(`${id} is another release: see withoutEval in vite.config.ts`);
    const read = code.replace(COMPILED, 'sizeExpression(exprRes[1])');
    return { code: `import { sizeExpression } from '${SIZE_EXPRESSION}';\n${read}`, map: null };
  },
};

/** `vite build --mode design` builds the page of components (`/design` with `npm run dev`), which is not served. */
export default defineConfig(({ mode }) => ({
  plugins: [withoutEval, react(), mode !== 'design' && serviceWorker],
  build: {
    target: 'es2022',
    ...(mode === 'design' && { rollupOptions: { input: 'design.html' } }),
    // Every asset is a file, so that the page needs no exception in its content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': PLATFORM, '/socket.io': { target: PLATFORM, ws: true } } },
}));

import { writeFileSync } from 'node:fs';
import { embeddedApi, renderApi } from '../packages/server/src/testing/api/embedded-api.ts';

/** Writes docs/openapi.json from the routes of every service. */
writeFileSync(new URL('../docs/openapi.json', import.meta.url), renderApi(await embeddedApi()));

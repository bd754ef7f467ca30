import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeApi } from '../../launch.ts';
import { readSettings } from '../../settings/read.ts';

/** The OpenAPI document of the complete platform in one process, as `docs/openapi.json` has it. */
export async function embeddedApi(): Promise<object> {
  const data = mkdtempSync(join(tmpdir(), 'deltastream-api-'));
  try {
    return await describeApi(readSettings({ data }, {}));
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export const renderApi = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

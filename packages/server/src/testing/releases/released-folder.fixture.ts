import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FIXTURE = join(import.meta.dirname, 'release-0.1.0.fixture');

/** The account in it. */
export const RELEASED_ACCOUNT = { email: 'trader@example.com', password: 'a long passphrase of 2026' };

/** What release 0.1.0 answered for its folder, by dataset and path below /api/. */
export const releasedResponses = (): Record<'recorded' | 'synthetic', Record<string, object>> =>
  JSON.parse(readFileSync(join(FIXTURE, 'answers.json'), 'utf8'));

/** A copy of a data folder that release 0.1.0 wrote, in a temporary folder that the caller removes. */
export function releasedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'release-0.1.0-'));
  for (const name of globSync('**/*.gz', { cwd: FIXTURE })) {
    const file = join(folder, name.slice(0, -'.gz'.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, gunzipSync(readFileSync(join(FIXTURE, name))), { mode: 0o600 });
  }
  return folder;
}

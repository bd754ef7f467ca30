import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAST_PASSWORDS } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTED = 'http://localhost:8000';

const read = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code);

const CURLS = blocks(read('docs/api.md'), 'sh').flatMap((block) => block.trim().split('\n'));
const [, rest] = read('packages/client/README.md').split('## REST');
const PROGRAMS = blocks(rest.split('## Socket')[0], 'js').map((code) => [code.split('\n')[4] ?? code, code]);

describe('examples of the documentation', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;

  beforeAll(async () => {
    platform = await startPlatform(['--data', folder.path, ...FAST_PASSWORDS]);
    await untilStored(platform.url, ['NIFTY']);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  it.each(CURLS)('%s', async (command) => {
    const { url, init, expected } = requestOf(command);
    const response = await fetch(url.replace(DOCUMENTED, platform.url), init);
    const text = await response.text();
    if (expected === null) expect(response.status, text).toBeLessThan(300);
    else expect(`${response.status} ${(JSON.parse(text) as { code: string }).code}`).toBe(expected);
    if (new Headers(init.headers).get('accept') === 'text/csv') {
      expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
      expect(text.split('\r\n').length).toBeGreaterThan(2);
    }
  });

  it.each(PROGRAMS)('%s', (_title, code) => {
    const program = code.replaceAll(DOCUMENTED, platform.url);
    const { status, stdout, stderr } = spawnSync(execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 120_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
    expect(stdout).not.toMatch(/undefined/);
  });

  it('has found them', () => {
    expect(CURLS.length).toBeGreaterThan(10);
    expect(PROGRAMS.length).toBeGreaterThan(4);
  });
});

/** As much of curl as the documentation uses; a comment says what a command that fails is answered with. */
function requestOf(command: string): { url: string; init: RequestInit; expected: string | null } {
  const [line, comment] = command.split(/\s+#\s/);
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const headers = new Headers();
  const init: RequestInit = { headers };
  let url = '';
  for (let i = 1; i < words.length; i++) {
    if (words[i] === '-X') init.method = words[++i];
    else if (words[i] === '-d') init.body = words[++i];
    else if (words[i] === '-H') {
      const [name, value] = words[++i].split(': ');
      headers.set(name, value);
    } else url = words[i];
  }
  return { url, init, expected: /^\d+ \w+/.exec(comment ?? '')?.[0] ?? null };
}

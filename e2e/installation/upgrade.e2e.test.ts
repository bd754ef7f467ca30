import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { releasedFolder } from '../../packages/server/src/testing/releases/released-folder.fixture.ts';
import { runToExit } from '../support/platform/platform-process.ts';

let data: string;
beforeEach(() => {
  data = releasedFolder();
});
afterEach(() => rmSync(data, { recursive: true, force: true }));
const run = (...command: string[]) => runToExit([...command, '--data', data]);

it('upgrade --check ends with 2 while there are steps to run, upgrade with 0, and then both', async () => {
  const check = await run('upgrade', '--check');
  expect(check.output).toMatch(/recorded\/main\.db +version 1 of 5 +4 to run/);
  expect(check.code).toBe(2);
  expect((await run('upgrade', '--check')).code).toBe(2);
  const upgraded = await run('upgrade');
  expect(upgraded.output).toMatch(/Ran 11 steps; everything is up to date/);
  expect(upgraded.code).toBe(0);
  expect(await run('upgrade', '--check')).toMatchObject({ code: 0 });
  expect(await run('upgrade')).toMatchObject({ code: 0 });
});

it('upgrade, its check and doctor end with 1 for a file of a newer release, and say what to do', async () => {
  const database = new DatabaseSync(join(data, 'users.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  for (const command of [['upgrade', '--check'], ['upgrade'], ['doctor']]) {
    const { code, output } = await run(...command);
    expect(output).toMatch(/users\.db .*version is 99.*upgrade DeltaStream/);
    expect(code).toBe(1);
  }
  const check = await run('upgrade', '--check');
  expect(check.output).toMatch(/recorded\/main\.db +version 1 of 5 +4 to run/);
});

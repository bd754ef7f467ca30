import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockFolder } from '../../kit/files/folder-lock.ts';
import { fillDataFolder } from '../../stored-data/backup/stored-folder.fixture.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/deltastream.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cli-backup-'));
const [data, target] = [join(root, 'data'), join(root, 'backups')];
beforeAll(() => fillDataFolder(join(root, 'data')));
afterAll(() => rmSync(root, { recursive: true }));

/** The exit code of a command, and what it printed. */
function deltastream(...args: readonly string[]) {
  const run = spawnSync(process.execPath, [PROGRAM, '--data', data, '--source', 'none', ...args], {
    encoding: 'utf8',
  });
  return { code: run.status, printed: run.stdout + run.stderr };
}

it('says by exit code and by name how a backup, its check and a restore went, without a bar where nobody looks', () => {
  const made = deltastream('backup', target);
  expect(made).toMatchObject({
    code: 0,
    printed: expect.stringMatching(/^\S+: 6 files; 6 copied .*, 0 as before\n$/),
  });
  expect(deltastream('verify', target)).toMatchObject({
    code: 0,
    printed: expect.stringContaining('as it was written'),
  });
  expect(deltastream('restore', target)).toMatchObject({
    code: 1,
    printed: expect.stringContaining('--replace'),
  });
  const [backup] = readdirSync(target).filter((name) => name.endsWith('Z-1'));
  const database = new DatabaseSync(join(target, backup, 'recorded/hot-20260819.db'));
  database.exec('UPDATE snap SET data = zeroblob(40) WHERE id = 1');
  database.close();
  const checked = deltastream('verify', target);
  expect(checked.code).toBe(2);
  expect(checked.printed).toMatch(/damaged: recorded\/hot-20260819\.db: it is not what was backed up/);
  expect(checked.printed).toMatch(
    /damaged: recorded\/hot-20260819\.db: snap of NIFTY 2026-08-25 at 2026-08-19T12:00:00\.001Z/,
  );
  expect(deltastream('restore', target, '--replace')).toMatchObject({ code: 1 });
});

it('names the tools of the servers on which data is kept instead', () => {
  for (const command of [['backup', target], ['restore', target], ['verify']]) {
    expect(deltastream('--store', 'mongodb://127.0.0.1:1/x', ...command)).toMatchObject({
      code: 1,
      printed: expect.stringMatching(/--store: .*MongoDB.*mongodump and mongorestore.*--store sqlite:/),
    });
  }
});

it('shows what is kept, and refuses to recompute in a folder that a platform has', () => {
  expect(deltastream('status')).toMatchObject({
    code: 0,
    printed: expect.stringMatching(
      /recorded: 6 chains, .*\n {2}NIFTY: 2026-08-19T12:00Z to 2026-08-20T12:00Z, 1 expiries/,
    ),
  });
  const lock = lockFolder(data);
  const refused = deltastream('recompute', '--from', '2026-08-19T00:00:00Z', '--to', '2026-08-20T00:00:00Z');
  lock.release();
  expect(refused).toMatchObject({
    code: 1,
    printed: expect.stringMatching(/another process uses .*--server .*--dry-run/),
  });
});

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  createAccount,
  FAST_PASSWORDS,
  logIn,
  type Session,
} from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  runToExit,
  spawnCli,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

describe('deltastream audit verify', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let account: Account;
  let admin: Session;
  const verify = (...flags: string[]) => runToExit(['audit', 'verify', '--data', folder.path, ...flags]);

  beforeAll(async () => {
    account = await createAccount(folder.path, 'admin', 'admin');
    platform = await startPlatform(['--data', folder.path, '--source', 'none', ...FAST_PASSWORDS]);
    admin = await logIn(platform.url, account);
    for (let i = 0; i < 3; i++) {
      await logIn(platform.url, { ...account, password: `wrong password ${i}` }).catch(() => undefined);
    }
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  it('says that the trail is as it was written, from the store of a running platform and over its API', async () => {
    expect(await verify()).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^5 security events are as they were written, numbers 1 to 5\nThe newest is 5:[0-9a-f]{64}\n$/,
      ),
    });
    const there = spawnCli(['audit', 'verify', '--server', platform.url, '--format', 'json'], {
      DELTASTREAM_TOKEN: admin.token,
    });
    expect(await there.exited()).toBe(0);
    expect(JSON.parse(there.output())).toMatchObject({
      intact: true,
      complete: true,
      checked: 5,
      broken: null,
    });
    const events = await (
      await fetch(`${platform.url}/api/admin/audit?limit=2`, {
        headers: { authorization: `Bearer ${admin.token}` },
      })
    ).json();
    expect(events).toMatchObject({
      events: [{ seq: 5, event: 'login_refused' }, { seq: 4 }],
      next_cursor: expect.any(String),
    });
  });

  it('has every event that was answered when the platform is killed, and names what is changed then', async () => {
    await logIn(platform.url, { ...account, password: 'wrong once more' }).catch(() => undefined);
    platform.kill('SIGKILL');
    await platform.exited();
    const sound = await verify('--format', 'json');
    expect(JSON.parse(sound.output)).toMatchObject({ intact: true, checked: 6, key_checked: true });
    const { newest_hash } = JSON.parse(sound.output) as { newest_hash: string };

    const database = new DatabaseSync(`${folder.path}/users.db`);
    database.exec("UPDATE audit_event SET details = '{}' WHERE seq = 3");
    database.close();
    expect(await verify()).toMatchObject({
      code: 2,
      output: expect.stringMatching(
        /^2 security events .*1 to 2\nBroken at 3 \(login_refused at .*\): the event is not what was written/,
      ),
    });
    expect((await verify('--from', '5')).code).toBe(0);
    expect((await verify('--from', '5', '--known', `6:${newest_hash}`)).code).toBe(0);
    expect(await verify('--from', '5', '--known', `7:${newest_hash}`)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/Broken at 7: events are missing/),
    });
    expect((await verify('--known', 'x')).code).toBe(1);
    expect(await runToExit(['audit', 'verify', '--data', `${folder.path}/none`])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/has no accounts/),
    });
  });
});

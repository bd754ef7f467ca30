import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../adapters/log-files/log-store-files.ts';
import { examineMarketFiles } from '../../adapters/sqlite/market-store/files/examine-files.ts';
import { launch, type Platform } from '../../launch.ts';
import { verifyTrail } from '../../services/auth/audit/verify-trail.ts';
import { deriveSecrets } from '../../services/auth/secrets/derived-secrets.ts';
import { loadKeyRing } from '../../services/auth/secrets/key-file.ts';
import { readSettings } from '../../settings/read.ts';
import { RELEASED_ACCOUNT, releasedFolder, releasedResponses } from './released-folder.fixture.ts';

const DATASETS = ['recorded', 'synthetic'] as const;
type Dataset = (typeof DATASETS)[number];

/** A copy of the folder for each dataset, with the platform of today on it. */
const folders = new Map<Dataset, string>();
const platforms = new Map<Dataset, Platform>();
const stop = () => Promise.all([...platforms.values()].map((each) => each.stop()));

beforeAll(async () => {
  for (const dataset of DATASETS) {
    const data = releasedFolder();
    folders.set(dataset, data);
    const settings = readSettings({ data, dataset, source: 'none', port: 0, logLevel: 'silent' }, {});
    platforms.set(dataset, await launch(settings, () => {}));
  }
});
afterAll(async () => {
  await stop();
  for (const data of folders.values()) rmSync(data, { recursive: true, force: true });
});

async function ask(dataset: Dataset, path: string, init?: RequestInit): Promise<object> {
  const response = await fetch(`${platforms.get(dataset)?.urls[0]}/api/${path}`, init);
  return (await response.json()) as object;
}

describe('a data folder of release 0.1.0', () => {
  it.each(DATASETS)('(%s) answers as that release did', async (dataset) => {
    const released = Object.entries(releasedResponses()[dataset]);
    expect(released.length).toBeGreaterThan(3);
    for (const [path, response] of released) expect(await ask(dataset, path), path).toMatchObject(response);
  });

  it('has null, and why, for a figure that came later', async () => {
    expect(await ask('recorded', 'data/chain/NIFTY?expiry=2026-08-25')).toMatchObject({
      rate_source: null,
      null_reasons: { rate_source: 'not_recorded' },
    });
  });

  it('lets its users log in', async () => {
    const session = await ask('recorded', 'auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(RELEASED_ACCOUNT),
    });
    const { token } = session as { token: string };
    const me = await ask('recorded', 'auth/me', { headers: { authorization: `Bearer ${token}` } });
    expect(me).toMatchObject({ email: RELEASED_ACCOUNT.email, name: 'Trader', role: 'trader' });
  });

  it('has a trail of security events that begins with this release', async () => {
    const { users } = platforms.get('recorded')?.ports ?? {};
    const events = (await users?.auditFrom(1, 10))?.map(({ event }) => event) ?? [];
    expect(events.slice(0, 2)).toEqual(['audit_started', 'login_succeeded']);
    const { secret } = await loadKeyRing(join(folders.get('recorded') ?? '', 'auth-key.json'), Date.now());
    const key = deriveSecrets(secret).audit;
    if (users === undefined) throw new Error('there are no accounts');
    const found = await verifyTrail({ store: users, key, limit: 100 });
    expect(found).toMatchObject({ broken: null, checked: events.length, next: null });
  });

  it('keeps its logs, is sound afterwards, and has no copy left in it', async () => {
    await stop();
    const data = folders.get('recorded') ?? '';
    const logs = await createFileLogStore({ folder: join(data, 'logs') });
    const messages = (await logs.query({ limit: 10 })).map(
      ({ service, message }) => `${service}: ${message}`,
    );
    await logs.close();
    expect(messages).toEqual(
      Array.from({ length: 2 }, () => ['feed: the feed ended', 'feed: the feed starts']).flat(),
    );
    const findings = examineMarketFiles(join(data, 'recorded'), { complete: true });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    const names = readdirSync(data, { recursive: true }) as string[];
    expect(names.filter((name) => name.includes('.version-'))).toEqual([]);
  });
});

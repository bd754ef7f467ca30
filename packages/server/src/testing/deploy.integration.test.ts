import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openPort } from '../adapters.ts';
import { createProgram } from '../cli/program.ts';
import { createClientAddress } from '../kit/access/addresses.ts';
import { tokenRule } from '../kit/access/token-rule.ts';
import { SERVICE_NAMES } from '../kit/lifecycle/service.ts';
import { listeningPorts, trustedProxiesOf } from '../launch/listening-ports.ts';
import { EXPIRY, storableChain } from '../ports/stores/market/market-store.fixture.ts';
import { SECRET_SETTINGS, type Settings } from '../settings/compose.ts';
import { readSettings } from '../settings/read.ts';
import { havePostgres, startPostgresServer } from './servers/postgres-server.ts';
import { haveRedisServer } from './servers/redis-server.ts';

const DEPLOY = join(import.meta.dirname, '../../../../deploy');

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Container>>;
  readonly secrets: Readonly<Record<string, { file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;
/** What `!override` marks is read as it stands, and what `!reset` marks is not there. */
const overPostgres = parse(readFileSync(join(DEPLOY, 'compose.postgres.yaml'), 'utf8'), {
  logLevel: 'error',
  customTags: [{ tag: '!reset', resolve: () => null }],
}) as Compose;
const dockerfile = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8');
const own = Object.entries(compose.services).filter(([, { image }]) => image === 'deltastream');

const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
const secrets = join(folder, 'secrets');
beforeAll(() => {
  execFileSync(join(DEPLOY, 'make-secrets'), [secrets]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What compose makes of `${NAME:-default}` with nothing set. */
const interpolated = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll('$$', '$');

/** The environment of the image. */
const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/(DELTASTREAM_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
);

/** The settings that hold in a container, from its flags and environment, with its secrets where they are here. */
function settingsIn({ command = [], environment = {} }: Container): Settings {
  const program = createProgram();
  program.parseOptions([...command]);
  const given = Object.entries(environment).map(([name, value]) => [
    name,
    interpolated(String(value)).replace('/run/secrets', secrets),
  ]);
  return readSettings(program.opts(), { ...imageEnvironment, ...Object.fromEntries(given) });
}

describe('compose.yaml', () => {
  it('runs every service once, each in a container of its own', () => {
    const names = own.map(([name, container]) => {
      const { only } = settingsIn(container);
      expect(only).toEqual([name]);
      return name;
    });
    expect(names.toSorted()).toEqual([...SERVICE_NAMES].toSorted());
  });

  it.each(own)(
    '%s has flags and variables that are settings, and listens where its health is asked',
    (name, container) => {
      for (const variable of Object.keys(container.environment ?? {})) {
        const setting = variable
          .replace(/^DELTASTREAM_/, '')
          .replace(/_FILE$/, '')
          .toLowerCase()
          .replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
        expect(
          createProgram().options.map((option) => option.attributeName()),
          variable,
        ).toContain(setting);
        expect(variable.endsWith('_FILE')).toBe(SECRET_SETTINGS.has(setting));
      }
      const settings = settingsIn(container);
      expect([...listeningPorts(settings.only ?? [], settings)]).toEqual([[name, 8000]]);
      expect(settings.host).toBe('0.0.0.0');
      expect(settings.bus).toMatch(/^redis:\/\/:[0-9a-f]{48}@redis:6379$/);
    },
  );

  it.each(own)('%s runs without privileges, and writes to its own volume only', (name, container) => {
    expect(container).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      init: true,
    });
    expect(container.volumes ?? []).toEqual(container.volumes ? [`${name}:/data`] : []);
  });

  it('asks for tokens wherever something is served, and says where they are checked', () => {
    const serving = own.filter(([name]) => !['enricher', 'mirror'].includes(name));
    expect(serving).toHaveLength(10);
    for (const [name, container] of serving) {
      const settings = settingsIn(container);
      expect(tokenRule(settings).required, name).toBe(true);
      if (name !== 'auth') expect(settings.authUrl, name).toBe('http://auth:8000');
    }
  });

  it('counts callers by their own address, through the gateway and through the proxy before it', () => {
    const serving = own.filter(([name]) => !['enricher', 'mirror'].includes(name));
    for (const [name, container] of serving) {
      const settings = settingsIn(container);
      const addressOf = createClientAddress(trustedProxiesOf(settings.only ?? [], settings));
      const seen = (peer: string) =>
        addressOf({
          headers: { 'x-forwarded-for': '203.0.113.7' },
          socket: { remoteAddress: peer },
        } as unknown as IncomingMessage);
      expect(seen('172.18.0.4'), name).toBe('203.0.113.7');
      expect(seen('198.51.100.2'), name).toBe('198.51.100.2');
    }
  });

  it('declares what it uses, and every secret is a file that make-secrets writes', () => {
    for (const { secrets: used = [], networks, volumes = [] } of Object.values(compose.services)) {
      for (const secret of used) expect(compose.secrets).toHaveProperty(secret);
      for (const network of networks) expect(compose.networks).toHaveProperty(network);
      for (const volume of volumes.filter((each) => !each.startsWith('.'))) {
        expect(compose.volumes).toHaveProperty(volume.split(':')[0]);
      }
    }
    const files = [compose, overPostgres].flatMap((each) =>
      Object.values(each.secrets).flatMap((secret) => secret?.file.replace('./secrets/', '') ?? []),
    );
    expect(files.toSorted()).toEqual(readdirSync(secrets).toSorted());
  });

  it('shows each store to whom it is for, and nothing but the gateway to the host', () => {
    const holders = (secret: string) =>
      Object.entries(compose.services)
        .filter(([, { secrets: used }]) => used?.includes(secret))
        .map(([name]) => name);
    expect(holders('store_url')).toEqual(['storage']);
    expect(holders('users_url')).toEqual(['auth']);
    expect(holders('alerts_url')).toEqual(['alerts']);
    expect(holders('store_read_url')).toEqual(['analytics', 'alerts', 'operations']);
    expect(holders('mongo_root_password')).toEqual(['mongo']);
    const published = Object.entries(compose.services).filter(([, { ports }]) => ports);
    expect(published.map(([name]) => name)).toEqual(['gateway']);
    expect(published[0][1].ports?.[0]).toMatch(/^127\.0\.0\.1:/);
    expect(compose.networks.backend).toEqual({ internal: true });
  });

  it('holds no secret itself', () => {
    const text = readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8');
    expect(text).not.toMatch(/:\/\/[^/\s]*:[^/\s]+@/);
    expect(text).not.toMatch(/(PASSWORD|SECRET|requirepass)\S*[:= ]+(?!\/run|\$\$\(cat)[A-Za-z0-9]/);
  });
});

describe('make-secrets', () => {
  it('writes random secrets, keeps them, and shuts the folder', () => {
    const all = () => readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'));
    const before = all();
    expect(new Set(before).size).toBe(before.length);
    execFileSync(join(DEPLOY, 'make-secrets'), [secrets]);
    expect(all()).toEqual(before);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    const other = join(folder, 'other');
    execFileSync(join(DEPLOY, 'make-secrets'), [other]);
    expect(readFileSync(join(other, 'redis_url'), 'utf8')).not.toBe(
      readFileSync(join(secrets, 'redis_url'), 'utf8'),
    );
  });
});

describe('mongo-users.js', () => {
  interface Role {
    role: string;
    privileges: { resource: { db: string }; actions: string[] }[];
  }

  it('lets storage write, others read, auth and alerts see their own, and nobody drop anything', () => {
    const roles: Role[] = [];
    const users: { user: string; pwd: string; roles: string[] }[] = [];
    const database = {
      getSiblingDB: () => ({
        createRole: (role: Role) => roles.push(role),
        createUser: (user: (typeof users)[number]) => users.push(user),
      }),
    };
    const readSecret = (path: string) => readFileSync(path.replace('/run/secrets', secrets), 'utf8');
    const script = readFileSync(join(DEPLOY, 'mongo-users.js'), 'utf8');
    runInNewContext(script, { db: database, require: () => ({ readFileSync: readSecret }) });
    for (const { user, pwd, roles: held } of users) {
      const url =
        { storage: 'store_url', reader: 'store_read_url', auth: 'users_url', alerts: 'alerts_url' }[user] ??
        '';
      expect(readFileSync(join(secrets, url), 'utf8')).toContain(`mongodb://${user}:${pwd}@`);
      const privileges = roles.find(({ role }) => role === held[0])?.privileges ?? [];
      const databases = new Set(privileges.map(({ resource }) => resource.db));
      const own = { auth: ['deltastream_users'], alerts: ['deltastream_alerts'] }[user];
      expect([...databases]).toEqual(own ?? ['deltastream_recorded', 'deltastream_synthetic']);
      const actions = new Set(privileges.flatMap((each) => each.actions));
      expect(actions.has('insert')).toBe(user !== 'reader');
      expect(actions.has('remove')).toBe(user !== 'reader');
      expect([...actions].some((action) => action.startsWith('drop'))).toBe(false);
    }
    expect(users.map(({ user }) => user)).toEqual(['storage', 'reader', 'auth', 'alerts']);
  });
});

describe.runIf(haveRedisServer())('the Redis of compose.yaml', () => {
  it('starts by its own command, asks for the password, keeps what it has and evicts nothing', async () => {
    const port = await freePort();
    const data = join(folder, 'redis');
    mkdirSync(data);
    const script = interpolated(compose.services.redis.command?.at(-1) ?? '')
      .replaceAll('/run/secrets', secrets)
      .replaceAll('/tmp/redis.conf', join(folder, 'redis.conf'))
      .replace('dir /data', `dir ${data}`)
      .concat(` --port ${port} --bind 127.0.0.1`);
    const server = spawn('sh', ['-c', script], { stdio: 'ignore' });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    const password = readFileSync(join(secrets, 'redis_password'), 'utf8').trim();
    const redis = new Redis({ port, password, retryStrategy: () => 50, maxRetriesPerRequest: 100 });
    const outsider = new Redis({ port, retryStrategy: () => 50, maxRetriesPerRequest: 100 });
    redis.on('error', () => undefined);
    outsider.on('error', () => undefined);
    const setting = async (name: string) => ((await redis.config('GET', name)) as string[])[1];
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('maxmemory')).toBe(String(1024 ** 3));
    await expect(outsider.ping()).rejects.toThrow(/NOAUTH/);
    redis.disconnect();
    outsider.disconnect();
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('compose.postgres.yaml', () => {
  it('takes MongoDB away from all who used it, and gives each its own URL', () => {
    const used = own.filter(([, { depends_on = {} }]) => 'mongo' in depends_on).map(([name]) => name);
    const replaced = own.filter(([name]) => 'postgres' in (overPostgres.services[name]?.depends_on ?? {}));
    expect(replaced.map(([name]) => name)).toEqual(used);
    const left = Object.entries({ ...compose.secrets, ...overPostgres.secrets }).filter(
      ([, secret]) => secret,
    );
    expect(left.filter(([name, { file }]) => /mongo/.test(name + file))).toEqual([]);
    const { secrets: held = [], networks } = overPostgres.services.postgres;
    expect(held.filter((name) => !overPostgres.secrets[name])).toEqual([]);
    expect(networks).toEqual(['backend']);
    const url = (name: string) =>
      readFileSync(join(secrets, overPostgres.secrets[name].file.replace('./secrets/', '')), 'utf8').trim();
    for (const [name, role] of [
      ['store_url', 'storage'],
      ['store_read_url', 'reader'],
      ['users_url', 'auth'],
      ['alerts_url', 'alerts'],
    ]) {
      expect(url(name)).toMatch(new RegExp(`^postgres://${role}:[0-9a-f]{48}@postgres:5432/deltastream`));
      const settings = readSettings({ store: url(name), users: url(name), storeReadUrl: url(name) }, {});
      expect(settings.store).toBe(url(name));
    }
  });

  it.runIf(havePostgres)(
    'postgres-roles.sh lets storage write, others read, auth and alerts see their own',
    async () => {
      const server = await startPostgresServer();
      try {
        const { password } = new URL(server.url);
        execFileSync(join(DEPLOY, 'postgres-roles.sh'), {
          env: {
            ...process.env,
            SECRETS: secrets,
            POSTGRES_USER: 'postgres',
            POSTGRES_DB: 'deltastream',
            PGHOST: '127.0.0.1',
            PGPORT: String(server.port),
            PGPASSWORD: password,
          },
        });
        const urlOf = (role: string) =>
          server.urlOf(role, readFileSync(join(secrets, `postgres_${role}_password`), 'utf8').trim());
        const settings = (flags: object) => readSettings({ source: 'none', ...flags }, {});
        const asStorage = settings({ store: urlOf('storage'), storeReadUrl: urlOf('reader') });
        const store = await openPort('marketStore', asStorage);
        await store.putSnapshots([storableChain()]);
        const reader = await openPort('marketReader', asStorage);
        expect(await reader.latest('NIFTY', EXPIRY)).toEqual(storableChain());
        const users = await openPort('users', settings({ users: urlOf('auth') }));
        expect(await users.byId('nobody')).toBeNull();
        const alerts = await openPort('alertStore', settings({ users: urlOf('alerts') }));
        expect(await alerts.rule('none')).toBeNull();
        const denied = await Promise.allSettled([
          openPort('marketStore', settings({ store: urlOf('reader') })),
          openPort('marketStore', settings({ store: urlOf('auth') })),
          openPort('marketReader', settings({ store: urlOf('auth') })),
          openPort('users', settings({ users: urlOf('storage') })),
          openPort('users', settings({ users: urlOf('reader') })),
          openPort('users', settings({ users: urlOf('alerts') })),
          openPort('alertStore', settings({ users: urlOf('auth') })),
        ]);
        for (const each of denied) {
          expect(each).toMatchObject({ status: 'rejected', reason: { code: 'store_failed' } });
        }
        for (const port of [reader, store, users, alerts]) await port.close();
      } finally {
        await server.stop();
      }
    },
  );
});

describe('Dockerfile', () => {
  it('ends as a user without rights, asks for health, and has no secret', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf('USER node')).toBeGreaterThan(last.lastIndexOf('RUN '));
    expect(last).toMatch(/^HEALTHCHECK .*\\\n.*http:\/\/127\.0\.0\.1:8000\/livez/m);
    expect(dockerfile.match(/^FROM node:26/gm)).toHaveLength(3);
    expect(dockerfile).not.toMatch(/PASSWORD|SECRET|TOKEN/);
    expect(Object.keys(imageEnvironment).toSorted()).toEqual([
      'DELTASTREAM_DATA',
      'DELTASTREAM_HOST',
      'DELTASTREAM_PORT',
    ]);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

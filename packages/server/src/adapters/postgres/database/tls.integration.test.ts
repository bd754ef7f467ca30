import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { connectPostgres } from './connect.ts';

/** Certificates of two authorities; the server's is of the first, for localhost and no address. */
function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const authority of ['ca', 'other-ca']) {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '2',
      '-subj',
      `/CN=${authority}`,
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.crt`,
    );
  }
  const issue = (name: string, subject: string, extension: string) => {
    writeFileSync(join(folder, `${name}.ext`), extension);
    openssl('req', ...newKey, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
  };
  issue('server', '/CN=db', 'subjectAltName=DNS:localhost');
  issue('postgres', '/CN=postgres', 'extendedKeyUsage=clientAuth');
  // The server runs as a user of its own, and reads a key that is nobody else's.
  const own = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (process.getuid?.() === 0)
    for (const name of ['.', ...readdirSync(folder)]) chownSync(join(folder, name), own('-u'), own('-g'));
  return folder;
}

describe.runIf(havePostgres)('TLS to a PostgreSQL', () => {
  let folder: string;
  let server: PostgresServer;
  let plain: PostgresServer;
  beforeAll(async () => {
    folder = makeCertificates();
    const files = { ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' };
    const settings = Object.entries(files).map(([name, file]) => `${name}=${join(folder, file)}`);
    [server, plain] = await Promise.all([
      startPostgresServer(['ssl=on', ...settings]),
      startPostgresServer(),
    ]);
    // A user for whom the server asks for a certificate, and nobody without TLS.
    const rules = [
      'host all postgres all scram-sha-256',
      'hostnossl all all all reject',
      'hostssl all all all scram-sha-256 clientcert=verify-ca',
    ];
    await server.query("CREATE ROLE named LOGIN SUPERUSER PASSWORD 'secret'");
    const [{ hba_file }] = await server.query('SHOW hba_file');
    await server.query(`COPY (SELECT unnest(ARRAY['${rules.join("', '")}'])) TO '${hba_file}'`);
    await server.query('SELECT pg_reload_conf()');
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), plain?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (parameter: string, name: string) => `&${parameter}=${join(folder, name)}`;
  const urlOf = (parameters: string, host = 'localhost', role?: string) => {
    const url = role === undefined ? server.url : server.urlOf(role, 'secret');
    return `${url.replace('@127.0.0.1:', `@${host}:`)}?${parameters}`;
  };
  const connect = (url: string) => connectPostgres({ url, schema: uniqueSchema() }, 'deltastream_test');
  /** Connects, and resolves with whether its connections are encrypted, as the server sees them. */
  async function encrypted(url: string, at = server): Promise<boolean[]> {
    const connection = await connect(url);
    try {
      await connection.run((session) => session.query('SELECT 1'));
      const rows = await at.query(
        `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'deltastream'`,
      );
      return rows.map(({ ssl }) => ssl as boolean);
    } finally {
      await connection.close();
    }
  }
  const refused = (url: string, reason: RegExp) =>
    expect(connect(url)).rejects.toMatchObject({
      message: expect.stringMatching(reason),
    });

  it.each([
    ['prefer', ''],
    ['require', ''],
    ['require', 'ca.crt'],
    ['verify-ca', 'ca.crt'],
    ['verify-full', 'ca.crt'],
  ])('is used with sslmode=%s %s', async (mode, ca) => {
    const parameters = `sslmode=${mode}${ca === '' ? '' : file('sslrootcert', ca)}`;
    expect(await encrypted(urlOf(parameters))).toEqual([true]);
  });

  it('refuses a server whose certificate is of another authority, or of none that is known', async () => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      await refused(
        urlOf(`sslmode=${mode}${file('sslrootcert', 'other-ca.crt')}`),
        /certificate|self.signed|issuer/i,
      );
    }
    await refused(urlOf('sslmode=verify-ca'), /certificate|self.signed|issuer/i);
  });

  it('refuses a certificate of another name with verify-full, and not with verify-ca', async () => {
    const ca = file('sslrootcert', 'ca.crt');
    await refused(urlOf(`sslmode=verify-full${ca}`, '127.0.0.1'), /altnames|does not match/i);
    expect(await encrypted(urlOf(`sslmode=verify-ca${ca}`, '127.0.0.1'))).toEqual([true]);
  });

  it('shows a certificate of its own where the server asks for one', async () => {
    const verified = `sslmode=verify-full${file('sslrootcert', 'ca.crt')}`;
    const own = file('sslcert', 'postgres.crt') + file('sslkey', 'postgres.key');
    await refused(urlOf(verified, 'localhost', 'named'), /certificate/);
    expect(await encrypted(urlOf(verified + own, 'localhost', 'named'))).toEqual([true]);
    await refused(urlOf('sslmode=disable', 'localhost', 'named'), /pg_hba|no encryption|rejects/);
  });

  it('refuses a server without TLS unless it may do without', async () => {
    const of = (mode: string) => `${plain.url}?sslmode=${mode}`;
    for (const mode of ['require', 'verify-ca', 'verify-full']) await refused(of(mode), /SSL|TLS/);
    for (const mode of ['prefer', 'disable']) expect(await encrypted(of(mode), plain)).toEqual([false]);
  });
});

import { describe, expect, it } from 'vitest';
import { readServerAddress } from './server-address.ts';

describe('the address of a PostgreSQL', () => {
  it('is read from a URL, with what libpq takes for what is absent', () => {
    expect(readServerAddress('postgres://me:p%40ss@db.example.com:6432/market')).toMatchObject({
      host: 'db.example.com',
      port: 6432,
      database: 'market',
      user: 'me',
      password: 'p@ss',
      tlsOptional: true,
    });
    expect(readServerAddress('postgresql://[::1]?sslmode=disable')).toMatchObject({
      host: '::1',
      port: 5432,
      database: 'deltastream',
      user: undefined,
      password: undefined,
      tls: false,
      tlsOptional: false,
    });
  });

  it.each(['postgres:///market?host=/run/postgresql', 'postgres://me@/market?host=/run/postgresql'])(
    'may be the folder of a socket: %s',
    (url) => {
      expect(readServerAddress(url)).toMatchObject({
        host: '/run/postgresql',
        database: 'market',
        tls: false,
        tlsOptional: false,
      });
    },
  );

  it.each([
    ['require', false, false],
    ['verify-ca', true, false],
    ['verify-full', true, true],
  ])('with sslmode=%s verifies the certificate: %s, its name: %s', (mode, certificate, name) => {
    const { tls, tlsOptional } = readServerAddress(`postgres://db/m?sslmode=${mode}`);
    if (tls === false) throw new Error('no TLS');
    expect(tlsOptional).toBe(false);
    expect(tls.rejectUnauthorized).toBe(certificate);
    const wrong = tls.checkServerIdentity?.('db', { subject: { CN: 'other' } } as never);
    expect(wrong instanceof Error).toBe(name);
  });

  it.each([
    ['postgres://me:secret@db:port/m', /not a URL/],
    ['mongodb://me:secret@db/m', /begin with postgres/],
    ['postgres://me:secret@db/m?sslmode=allow', /sslmode=allow is not known.*verify-full/],
    ['postgres://me:secret@db/m?ssl=true', /does not take "ssl".*sslmode/],
    ['postgres://me:secret@db/m?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', /sslrootcert.*ENOENT/],
    ['postgres://me:secret%zz@db/m', /% in it/],
  ])('%s is refused without repeating its password', (url, why) => {
    const refused = () => readServerAddress(url);
    expect(refused).toThrow(why);
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
    expect(refused).not.toThrow(/secret/);
  });
});

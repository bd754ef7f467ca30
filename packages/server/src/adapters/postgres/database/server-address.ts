import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';

/** Where a PostgreSQL is and who connects, out of a URL. */
export interface ServerAddress {
  /** Folder of a socket when it begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  /** Absent: PGPASSWORD or the password file of libpq. */
  readonly password: string | undefined;
  readonly applicationName: string;
  readonly tls: ConnectionOptions | false;
  /** With `sslmode=prefer`: a server that does not offer TLS is used without. */
  readonly tlsOptional: boolean;
}

/** As in libpq, where the names come from. `allow` would begin without TLS, and is not known here. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const PARAMETERS = new Set(['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host', 'application_name']);
const DEFAULT_PORT = 5432;
const DEFAULT_DATABASE = 'deltastream';

/**
 * Reads `postgres://[user[:password]@][host][:port][/database][?parameters]`. Parameters are those of libpq that
 * `PARAMETERS` lists. Throws `invalid_setting`, which never repeats the URL.
 */
export function readServerAddress(text: string): ServerAddress {
  if (!/^postgres(ql)?:/.test(text)) throw invalid('it does not begin with postgres://');
  // A host may be absent, which URLs of other schemes do not allow beside a user.
  const url = URL.parse(text.replace(/^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)(?=[/?]|$)/, '$1localhost'));
  if (url === null) throw invalid('it is not a URL; a special character in a password is written as %XX');
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name))
      throw invalid(`it does not take "${name}"; it takes ${[...PARAMETERS].join(', ')}`);
  }
  const parameter = (name: string) => url.searchParams.get(name) ?? undefined;
  const host = parameter('host') ?? decoded(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const local = host.startsWith('/');
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    database: decoded(url.pathname.slice(1)) || DEFAULT_DATABASE,
    user: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    applicationName: parameter('application_name') ?? 'deltastream',
    tls: local ? false : tlsOptions(host, parameter),
    tlsOptional: !local && (parameter('sslmode') ?? 'prefer') === 'prefer',
  };
}

function tlsOptions(
  host: string,
  parameter: (name: string) => string | undefined,
): ConnectionOptions | false {
  const mode = parameter('sslmode') ?? 'prefer';
  if (!(SSL_MODES as readonly string[]).includes(mode)) {
    throw invalid(`sslmode=${mode} is not known; it is one of ${SSL_MODES.join(', ')}`);
  }
  if (mode === 'disable') return false;
  const file = (name: string) => {
    const path = parameter(name);
    if (path === undefined) return {};
    try {
      return { [{ sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' }[name] as string]: readFileSync(path) };
    } catch (cause) {
      throw invalid(`${name}: ${reasonOf(cause)}`);
    }
  };
  const files = { ...file('sslrootcert'), ...file('sslcert'), ...file('sslkey') };
  // With a root certificate libpq takes `require` for `verify-ca`.
  const verified = mode.startsWith('verify') || (mode === 'require' && 'ca' in files);
  return {
    ...files,
    // An address is no name that a server could be asked by; Node refuses it.
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: verified,
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('a % in it does not begin a code such as %2F');
  }
}

const invalid = (why: string) =>
  new DeltaStreamError('invalid_setting', `the PostgreSQL URL cannot be used: ${why}`);

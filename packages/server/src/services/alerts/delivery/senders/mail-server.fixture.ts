import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | null;
  /** By their names in lower case, decoded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Texts of the parts by their types, decoded. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface MailServerOptions {
  readonly key?: string;
  readonly cert?: string;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  /** False: no STARTTLS. */
  readonly tls?: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly refusal?: { readonly where: 'onMailFrom' | 'onRcptTo' | 'onData'; readonly code: number };
  /** Takes a recipient and says nothing. */
  readonly hangs?: boolean;
}

/** A real mail server, which keeps what it receives. */
export async function startMailServer(options: MailServerOptions) {
  const { key, cert, secure = false, tls = true, user, password, refusal, hangs = false } = options;
  const mails: ReceivedMail[] = [];
  const refused = (where: string): Error | null =>
    refusal?.where === where
      ? Object.assign(new Error('internal host says no'), { responseCode: refusal.code })
      : null;
  const server = new SMTPServer({
    ...{ key, cert, secure, logger: false },
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(user === undefined ? ['AUTH'] : [])],
    authOptional: user === undefined,
    disableReverseLookup: true,
    // A server that stops waits so long for its clients to end.
    closeTimeout: 100,
    onAuth: (auth, _session, done) => {
      const isRight = auth.username === user && auth.password === password;
      done(
        isRight ? null : new Error('internal host says no'),
        isRight ? { user: auth.username } : undefined,
      );
    },
    onMailFrom: (_address, _session, done) => done(refused('onMailFrom')),
    onRcptTo: (_address, _session, done) => {
      if (!hangs) done(refused('onRcptTo'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
          ...parsed(Buffer.concat(chunks).toString('latin1')),
        });
        done(refused('onData'));
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    connections: () => server.connections.size,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

export type MailServer = Awaited<ReturnType<typeof startMailServer>>;

/** Headers, and the parts of a body of one level of `multipart/alternative`. */
function parsed(mail: string): Pick<ReceivedMail, 'headers' | 'parts'> {
  const { headers, body } = split(mail);
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'])?.[1];
  if (boundary === undefined) throw new Error('the mail has one part only');
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\r\n/, '')))
    .map((part) => [part.headers['content-type'].split(';')[0], textOf(part)]);
  return {
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, decodedWords(value)])),
    parts: Object.fromEntries(parts),
  };
}

function split(mail: string): { readonly headers: Record<string, string>; readonly body: string } {
  const end = mail.indexOf('\r\n\r\n');
  const lines = mail
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers), body: mail.slice(end + 4) };
}

function textOf({ headers, body }: ReturnType<typeof split>): string {
  const encoding = headers['content-transfer-encoding'];
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(encoding === 'quoted-printable' ? unquoted(body.replace(/=\r\n/g, '')) : body, 'latin1');
  return bytes.toString('utf8').replaceAll('\r\n', '\n').replace(/\n+$/, '\n');
}

const unquoted = (text: string): string =>
  text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** RFC 2047. */
const decodedWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, form: string, word: string) =>
      form.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('latin1')
        : unquoted(word.replaceAll('_', ' ')),
    )
    .replace(/[\x80-\xff]+/g, (found) => Buffer.from(found, 'latin1').toString('utf8'));

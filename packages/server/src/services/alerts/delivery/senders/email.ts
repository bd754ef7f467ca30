import type { ConnectionOptions } from 'node:tls';
import { severityOf } from '../messages/alert-message.ts';
import { emailBody } from '../messages/email-body.ts';
import { messageText } from '../messages/message-text.ts';
import type { Sender, SendResult } from './sender.ts';

export interface EmailSender extends Sender<'email'> {
  /** Ends the connections to the mail server, and what is being sent. */
  close(): Promise<void>;
}

export interface EmailOptions {
  /** smtp:// or smtps://, with credentials where the server asks for them. */
  readonly server: string;
  readonly from: string;
  readonly tls: 'required' | 'optional';
  readonly timeoutMs: number;
  readonly connections: number;
  readonly shownFirings: number;
  readonly pageUrl?: string;
  /** Beside what the machine trusts. */
  readonly tlsOptions?: Pick<ConnectionOptions, 'ca'>;
}

const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

/** Through the mail server of the operator, whose client is loaded with the first message. */
export function createEmailSender(options: EmailOptions): EmailSender {
  let opened: ReturnType<typeof openTransport> | null = null;
  const domain = domainOf(options.from);

  return {
    async send({ to }, message, signal) {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      const body = emailBody(messageText(message, options.shownFirings), options.pageUrl);
      opened ??= openTransport(options);
      try {
        const transport = await opened;
        await transport.sendMail({
          from: options.from,
          // As an object: a text could be read as several addresses.
          to: { name: '', address: to },
          ...body,
          // The same at each try, so that a mailbox may keep one of two copies.
          messageId: `<${message.id}@${domain}>`,
          priority: severityOf(message) === 'critical' ? 'high' : 'normal',
          headers: { 'Auto-Submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal: AbortSignal.any([signal, timeout]),
        });
        return { outcome: 'delivered', status: 250 };
      } catch (error) {
        if (timeout.aborted) {
          return retry(null, `the mail server did not take it within ${options.timeoutMs} ms`);
        }
        return failureOf(error as SmtpError);
      }
    },
    async close() {
      const transport = await opened?.catch(() => null);
      opened = null;
      transport?.close({ force: true });
    },
  };
}

async function openTransport({ server, tls, timeoutMs, connections, tlsOptions }: EmailOptions) {
  const { default: nodemailer } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(server);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return nodemailer.createTransport({
    pool: true,
    maxConnections: connections,
    // A message that a connection lost is tried again by the delivery, which notes it.
    maxRequeues: 0,
    host,
    port: port === '' ? PORTS[protocol as keyof typeof PORTS] : Number(port),
    secure,
    requireTLS: !secure && tls === 'required',
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    ...(tlsOptions && { tls: tlsOptions }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

const retry = (status: number | null, reason: string): SendResult => ({
  outcome: 'retry',
  status,
  reason,
  retryAfterMs: null,
});

/** 4xx is for now and 5xx for good (RFC 5321), but where it is about the operator's account, not about the message. */
function failureOf({ code, responseCode }: SmtpError): SendResult {
  const status = responseCode ?? null;
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2') {
    return retry(status, 'the mail server does not accept the account of the platform');
  }
  if (code === 'ETLS') return retry(status, 'the mail server offers no TLS that can be trusted');
  if (status !== null && status >= 500) {
    return { outcome: 'failed', status, reason: `the mail server refused it (${status})` };
  }
  if (status !== null) return retry(status, `the mail server does not take it now (${status})`);
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    return { outcome: 'failed', status, reason: 'the mail server cannot take it for this address' };
  }
  return retry(null, 'no connection to the mail server');
}

/** Of `alerts@example.com` or `Alerts <alerts@example.com>`. */
const domainOf = (from: string): string => /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'deltastream.invalid';

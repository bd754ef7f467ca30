import { afterEach, describe, expect, it } from 'vitest';
import { firing, messageOf } from '../delivery.fixture.ts';
import { ownCertificate } from '../target-requests/target.fixture.ts';
import { createEmailSender, type EmailOptions, type EmailSender } from './email.ts';
import { type MailServer, startMailServer } from './mail-server.fixture.ts';

const certificate = ownCertificate();
const open: (MailServer | EmailSender)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await ('stop' in each ? each.stop() : each.close());
});

const start = async (...given: Parameters<typeof startMailServer>): Promise<MailServer> => {
  const server = await startMailServer(...given);
  open.push(server);
  return server;
};
const senderTo = (server: string, options: Partial<EmailOptions> = {}): EmailSender => {
  const sender = createEmailSender({
    server,
    from: 'DeltaStream <alerts@mail.test>',
    tls: 'required',
    timeoutMs: 60_000,
    connections: 2,
    shownFirings: 20,
    pageUrl: 'https://ds.example',
    tlsOptions: { ca: certificate.cert },
    ...options,
  });
  open.push(sender);
  return sender;
};
const never = new AbortController().signal;
const to = (address: string) => ({ kind: 'email', to: address }) as const;
const TRADER = to('trader@example.com');
const MESSAGE = messageOf([firing({ rule: 'PCR ↑', message: 'PCR of NIFTY is 1.24 & <rising>' })]);

describe('a mail server', () => {
  it('receives the message over STARTTLS, logged in, to the one address', async () => {
    const server = await start({ ...certificate, user: 'ds', password: 'p@ss/word' });
    const sender = senderTo(`smtp://ds:${encodeURIComponent('p@ss/word')}@localhost:${server.port}`);
    expect(await sender.send(TRADER, MESSAGE, never)).toEqual({ outcome: 'delivered', status: 250 });
    const [mail] = server.mails;
    expect(mail).toMatchObject({
      from: 'alerts@mail.test',
      to: ['trader@example.com'],
      secure: true,
      user: 'ds',
    });
    expect(mail.headers).toMatchObject({
      from: 'DeltaStream <alerts@mail.test>',
      to: 'trader@example.com',
      subject: 'Warning: PCR ↑ · NIFTY 2026-12-01',
      'message-id': '<msg_1@mail.test>',
      'auto-submitted': 'auto-generated',
    });
    expect(mail.parts['text/plain']).toBe(
      'Warning: PCR ↑ · NIFTY 2026-12-01\nPCR of NIFTY is 1.24 & <rising>\n2026-11-26 09:15:00 UTC\n\nhttps://ds.example\n',
    );
    expect(mail.parts['text/html']).toContain('PCR of NIFTY is 1.24 &amp; &lt;rising&gt;');
  });

  it('receives it over TLS from the first byte', async () => {
    const server = await start({ ...certificate, secure: true });
    const sender = senderTo(`smtps://localhost:${server.port}`);
    expect(await sender.send(TRADER, MESSAGE, never)).toMatchObject({ outcome: 'delivered' });
    expect(server.mails[0].secure).toBe(true);
  });

  it('is sent nothing where it offers no TLS, unless that is allowed', async () => {
    const server = await start({ tls: false });
    const url = `smtp://localhost:${server.port}`;
    expect(await senderTo(url).send(TRADER, MESSAGE, never)).toMatchObject({
      outcome: 'retry',
      reason: 'the mail server offers no TLS that can be trusted',
    });
    expect(server.mails).toEqual([]);
    expect(await senderTo(url, { tls: 'optional' }).send(TRADER, MESSAGE, never)).toMatchObject({
      outcome: 'delivered',
    });
  });

  it('is sent nothing where its certificate is not trusted', async () => {
    const server = await start(certificate);
    const sender = senderTo(`smtp://localhost:${server.port}`, { tlsOptions: undefined });
    expect(await sender.send(TRADER, MESSAGE, never)).toMatchObject({ outcome: 'retry' });
    expect(server.mails).toEqual([]);
  });

  it('sees its own headers and recipient whatever stands in a rule', async () => {
    const server = await start(certificate);
    const sender = senderTo(`smtp://localhost:${server.port}`);
    const hostile = firing({
      rule: 'x\r\nBcc: other@example.com\r\n\r\nbody',
      message: '.\r\nRCPT TO:<other@example.com>\r\n.\r\n',
    });
    expect(await sender.send(TRADER, messageOf([hostile]), never)).toMatchObject({ outcome: 'delivered' });
    const [mail] = server.mails;
    expect(mail.to).toEqual(['trader@example.com']);
    expect(Object.keys(mail.headers)).not.toContain('bcc');
    expect(mail.headers.subject).toBe('Warning: x Bcc: other@example.com body · NIFTY 2026-12-01');
  });
});

describe('what the server answers', () => {
  it.each([
    ['at the recipient', 'onRcptTo', 450, 'retry', 'the mail server does not take it now (450)'],
    ['at the recipient', 'onRcptTo', 550, 'failed', 'the mail server refused it (550)'],
    ['at the sender', 'onMailFrom', 421, 'retry', 'the mail server does not take it now (421)'],
    ['at the text', 'onData', 452, 'retry', 'the mail server does not take it now (452)'],
    ['at the text', 'onData', 554, 'failed', 'the mail server refused it (554)'],
  ] as const)('%s (%s: %i) is %s', async (_, where, code, outcome, reason) => {
    const server = await start({ ...certificate, refusal: { where, code } });
    const sender = senderTo(`smtp://localhost:${server.port}`);
    const result = await sender.send(TRADER, MESSAGE, never);
    expect(result).toMatchObject({ outcome, status: code, reason });
    expect(JSON.stringify(result)).not.toContain('internal host');
  });

  it('about the account of the platform may pass', async () => {
    const server = await start({ ...certificate, user: 'ds', password: 'right' });
    const sender = senderTo(`smtp://ds:wrong@localhost:${server.port}`);
    expect(await sender.send(TRADER, MESSAGE, never)).toMatchObject({
      outcome: 'retry',
      reason: 'the mail server does not accept the account of the platform',
    });
  });

  it('never is late', async () => {
    const server = await start({ ...certificate, hangs: true });
    const sender = senderTo(`smtp://localhost:${server.port}`, { timeoutMs: 300 });
    expect(await sender.send(TRADER, MESSAGE, never)).toMatchObject({
      outcome: 'retry',
      reason: 'the mail server did not take it within 300 ms',
    });
  });

  it('nothing, since it is away', async () => {
    const server = await startMailServer(certificate);
    await server.stop();
    const sender = senderTo(`smtp://localhost:${server.port}`);
    expect(await sender.send(TRADER, MESSAGE, never)).toMatchObject({
      outcome: 'retry',
      status: null,
      reason: 'no connection to the mail server',
    });
  });
});

it('sending ends with the signal, and closing ends connections', async () => {
  const server = await start({ ...certificate, hangs: true });
  const sender = senderTo(`smtp://localhost:${server.port}`);
  const stopping = new AbortController();
  const sending = sender.send(TRADER, MESSAGE, stopping.signal);
  await expect.poll(() => server.connections()).toBe(1);
  stopping.abort();
  expect(await sending).toMatchObject({ outcome: 'retry' });
  await sender.close();
  await expect.poll(() => server.connections()).toBe(0);
});

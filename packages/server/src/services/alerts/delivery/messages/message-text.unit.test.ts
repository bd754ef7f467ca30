import { expect, it } from 'vitest';
import { firing, messageOf } from '../delivery.fixture.ts';
import { emailBody } from './email-body.ts';
import { cutTo, fitting, messageText, plainText } from './message-text.ts';

it('names the rule of one alert, and counts several under the gravest severity', () => {
  expect(messageText(messageOf([firing()]), 20).title).toBe('Warning: PCR high · NIFTY 2026-12-01');
  const platform = firing({ product: null, expiry: null, severity: 'critical', rule: 'Feed stalled' });
  expect(messageText(messageOf([platform]), 20).title).toBe('Critical: Feed stalled');
  expect(messageText(messageOf([firing(), firing()]), 20).title).toBe('Warning: 2 alerts of PCR high');
  expect(messageText(messageOf([firing(), platform]), 20).title).toBe('Critical: 2 alerts of 2 rules');
});

it('lists the latest and says how many there were before', () => {
  const many = Array.from({ length: 5 }, (_, i) => firing({ message: `no. ${i}` }));
  const text = messageText(messageOf(many), 2);
  expect(text.entries.map(({ message }) => message)).toEqual(['no. 3', 'no. 4']);
  expect(plainText(text)).toMatch(/and 3 earlier alerts$/);
});

it('takes nothing that cannot be seen from names and messages', () => {
  const hostile = firing({ rule: 'a\r\nBcc: x@example.com\u2028b', message: 'one\r\ntwo\u001b[2J\0\ud800' });
  const { title, entries } = messageText(messageOf([hostile]), 20);
  expect(title).toBe('Warning: a Bcc: x@example.com b · NIFTY 2026-12-01');
  expect(entries[0].message).toBe('one \ntwo [2J  ');
});

it('cuts between characters', () => {
  expect(cutTo(4, 'abcd')).toBe('abcd');
  expect(cutTo(4, 'abcde')).toBe('abc…');
  expect(cutTo(4, 'ab😀😀')).toBe('ab…');
  expect(cutTo(5, 'ab😀😀')).toBe('ab😀…');
});

it('leaves entries out before it cuts the last one', () => {
  const text = messageText(messageOf([firing({ message: 'x'.repeat(100) }), firing({ message: 'y' })]), 20);
  expect(fitting(text, 120, plainText)).toMatch(/\ny\n.*\n\nand 1 earlier alert$/s);
  const long = messageText(messageOf([firing({ message: 'x'.repeat(400) })]), 20);
  const cut = fitting(long, 200, plainText);
  expect(cut.length).toBeLessThanOrEqual(200);
  expect(cut).toContain('x…\n2026-11-26 09:15:00 UTC');
});

it('is mail as text and as HTML without anything that is loaded or run', () => {
  const hostile = firing({ rule: '<img src=x>', message: '<script>"&\'</script>\nsecond line' });
  const { subject, text, html } = emailBody(
    messageText(messageOf([hostile]), 20),
    'https://ds.example/?a=1&b=2',
  );
  expect(subject).toBe('Warning: <img src=x> · NIFTY 2026-12-01');
  expect(text).toBe(
    'Warning: <img src=x> · NIFTY 2026-12-01\n<script>"&\'</script>\nsecond line\n2026-11-26 09:15:00 UTC\n\nhttps://ds.example/?a=1&b=2\n',
  );
  expect(html).not.toMatch(/<(script|img|link|style)/);
  expect(html).toContain('&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;<br>second line');
  expect(html).toContain('<a href="https://ds.example/?a=1&amp;b=2">');
});

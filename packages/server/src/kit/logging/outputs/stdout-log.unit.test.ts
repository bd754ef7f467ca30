import { expect, it, vi } from 'vitest';
import { createStdoutLog } from './stdout-log.ts';

it('writes lines in order, as far as each write goes, and tries a full pipe again', async () => {
  let text = '';
  let full = 3;
  const log = createStdoutLog(1, 10_000, (_fd, bytes, from, done) => {
    if (full-- > 0) {
      setImmediate(() => done(Object.assign(new Error('full'), { code: 'EAGAIN' }), 0));
      return;
    }
    const written = Math.min(7, bytes.length - from);
    text += bytes.toString('utf8', from, from + written);
    setImmediate(() => done(null, written));
  });
  for (let i = 0; i < 20; i++) log.write(`line ${i}\n`);
  await vi.waitFor(() => expect(text).toBe(Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')));
  await log.flush(1_000);
  expect(log.dropped()).toBe(0);
});

it('waits for nobody: while nothing is read the oldest go, counted', async () => {
  const log = createStdoutLog(1, 1_000, () => {});
  for (let i = 0; i < 100; i++) log.write('x'.repeat(36));
  expect(log.waiting()).toBe(10);
  expect(log.dropped()).toBe(90);
  await log.flush(1);
});

it('ends with its reader', async () => {
  const write = vi.fn((_fd, _bytes, _from, done) => setImmediate(done, new Error('EPIPE'), 0));
  const log = createStdoutLog(1, 1_000, write);
  log.write('a\n');
  await log.flush(1_000);
  log.write('b\n');
  await log.flush(1_000);
  expect(write).toHaveBeenCalledTimes(1);
});

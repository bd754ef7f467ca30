import { expect, it } from 'vitest';
import { createLogRelay } from './log-relay.ts';

it('hands on lines to all, and those below the level to what keeps them', () => {
  const [shown, stored]: [string[], string[]] = [[], []];
  const relay = createLogRelay([{ write: (line) => void shown.push(line), record: () => {} }]);
  relay.write('a');
  relay.add({ write: (line) => void stored.push(line) });
  relay.write('b');
  relay.record?.('c');
  expect([shown, stored]).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
});

it('hands on many lines at once, one by one to what takes them so', () => {
  const [batches, lines]: [string[], string[]] = [[], []];
  const relay = createLogRelay([
    { write: (line) => void lines.push(line) },
    {
      write: () => {},
      writeBatch: ({ bytes, count }, level) => void batches.push(`${count} ${level} ${Buffer.from(bytes)}`),
    },
  ]);
  relay.writeBatch?.({ bytes: Buffer.from('ü\nb\n'), count: 2 }, 'info');
  expect(lines).toEqual(['ü\n', 'b\n']);
  expect(batches).toEqual(['2 info ü\nb\n']);
});

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

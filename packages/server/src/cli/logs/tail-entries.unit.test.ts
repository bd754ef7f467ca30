import { expect, it } from 'vitest';
import type { TailEvent } from './follow-log.ts';
import type { LogView } from './log-source.ts';
import { tailedEntries } from './tail-entries.ts';

const at = (ms: number) => new Date(1_795_680_000_000 + ms).toISOString();
const entry = (ms: number, message: string): LogView => ({
  ...{ timestamp: at(ms), level: 'warn', service: 'feed', event: null, message },
  ...{ request_id: null, trace_id: null, span_id: null, user_id: null, product: null, fields: {} },
});
const log = (ms: number, message: string): TailEvent => ({ kind: 'log', entry: entry(ms, message) });
const ready = (ms: number): TailEvent => ({ kind: 'ready', at: at(ms) });
const END: TailEvent = { kind: 'end', reason: 'too_long' };

/** What is printed of what comes, where `stored` are all entries; those of a `[n]` are stored before the next event. */
async function printed(events: readonly (TailEvent | LogView[])[], lines = 10) {
  const stored: LogView[] = [];
  const all = async function* () {
    for (const each of events) {
      if (Array.isArray(each)) stored.push(...each);
      else yield each;
    }
  };
  const texts: string[] = [];
  const parts = {
    ...{ events: all(), query: {} as Record<string, string>, lines },
    newest: async ({ from = '' }: Readonly<Record<string, string>>, count: number) => {
      return count === 0 ? [] : stored.filter(({ timestamp }) => timestamp >= from).slice(-count);
    },
  };
  for await (const each of tailedEntries(parts)) {
    texts.push(each.kind === 'entry' ? each.entry.message : `(${each.text})`);
  }
  return texts;
}

it('prints each entry once, of both sides and over connections', async () => {
  const texts = await printed([
    [entry(1, 'before')],
    ready(5),
    log(10, 'one'),
    log(10, 'twin'),
    log(10, 'twin'),
    [entry(10, 'one'), entry(10, 'twin'), entry(10, 'twin')],
    END,
    [entry(10, 'third'), entry(9, 'late'), entry(20, 'meanwhile')],
    ready(30),
    log(20, 'meanwhile'),
    log(31, 'after'),
  ]);
  expect(texts).toEqual([
    ...['before', 'one', 'twin', 'twin', '(too_long; connecting again)'],
    ...['third', 'late', 'meanwhile', 'after'],
  ]);
});

it('prints all that was stored meanwhile, also where nothing was printed before', async () => {
  const many = Array.from({ length: 1_500 }, (_, i) => entry(10 + i, `n${i}`));
  expect(await printed([[entry(1, 'before')], ready(5), END, many, ready(2_000)], 0)).toEqual([
    '(too_long; connecting again)',
    ...many.map(({ message }) => message),
  ]);
});

it('says that more was stored meanwhile than it prints', async () => {
  const many = Array.from({ length: 100_001 }, (_, i) => entry(10 + i, 'n'));
  const texts = await printed([ready(5), END, many, ready(200_000)]);
  expect(texts[1]).toMatch(/^\(more than 100000 entries were stored meanwhile/);
  expect(texts).toHaveLength(100_002);
});

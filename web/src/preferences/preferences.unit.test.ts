import { describe, expect, it } from 'vitest';
import { DEFAULT_PREFERENCES, readPreferences } from './preferences.ts';

describe('preferences', () => {
  it('are read as they were written', () => {
    const chosen = { theme: 'dark', grouping: 'indian', time: 'local' } as const;
    expect(readPreferences(JSON.stringify(chosen))).toEqual(chosen);
  });

  it.each([null, '', '{', 'null', '[]', '{"theme":"pink","time":1}'])('are the default for %s', (json) => {
    expect(readPreferences(json)).toEqual(DEFAULT_PREFERENCES);
  });
});

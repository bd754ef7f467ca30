import { describe, expect, it } from 'vitest';
import { DEFAULT_PREFERENCES, type Preferences, readPreferences } from './preferences.ts';

describe('preferences', () => {
  it('are read as they were written', () => {
    const chosen: Preferences = {
      theme: 'dark',
      grouping: 'indian',
      time: 'local',
      keys: 'off',
      start: 'chosen',
      columns: 'iv,price',
    };
    expect(readPreferences(JSON.stringify(chosen))).toEqual(chosen);
  });

  it.each([null, '', '{', 'null', '[]', '{"theme":"pink","time":1,"columns":["iv"]}'])(
    'are the default for %s',
    (json) => {
      expect(readPreferences(json)).toEqual(DEFAULT_PREFERENCES);
    },
  );
});

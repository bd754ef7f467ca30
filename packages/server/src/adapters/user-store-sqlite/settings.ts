import { ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

export const USER_STORE = settingsFragment('User store on SQLite', {}, 'userStore', {
  busyTimeoutMs: ms(
    2_000,
    'How long a write waits for another process, such as a command that creates a user',
  ),
});

export type UserStoreSettings = ValuesOf<typeof USER_STORE.own>;

import { userStoreContract } from '../../ports/user-store.contract.ts';
import { createMemoryUserStore, emptyUserContents } from './user-store-memory.ts';

userStoreContract('memory', async () => {
  const contents = emptyUserContents();
  return async () => createMemoryUserStore(contents);
});

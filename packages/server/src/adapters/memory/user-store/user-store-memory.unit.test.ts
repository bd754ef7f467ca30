import { auditStoreContract } from '../../../ports/stores/audit/audit-store.contract.ts';
import { userStoreContract } from '../../../ports/stores/users/user-store.contract.ts';
import { createMemoryUserStore, emptyUserContents } from './user-store-memory.ts';

userStoreContract('memory', async () => {
  const contents = emptyUserContents();
  return async () => createMemoryUserStore(contents);
});

auditStoreContract('memory', async () => {
  const contents = emptyUserContents();
  return async () => createMemoryUserStore(contents);
});

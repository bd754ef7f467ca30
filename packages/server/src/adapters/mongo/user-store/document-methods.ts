import type { DocumentMethods } from '../../../ports/stores/users/user-store.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { apiKeys, documents, users } from './collections.ts';
import { documentId, ownDocument, toDocumentHead, toStoredDocument } from './documents.ts';

const BY_OWNER = [{ $group: { _id: '$user_id' } }];
const OWNERS_AT_ONCE = 1000; // Ids of 36 characters: some 50 KB of a command.

/** What users keep. */
export function createDocumentMethods({ run, update }: MongoConnection): DocumentMethods {
  return {
    document: (key) =>
      run(async (db) => {
        const found = await documents(db).findOne({ _id: documentId(key) });
        return found && toStoredDocument(found);
      }),
    documentsOf: (userId, kind) =>
      run(async (db) => {
        const heads = { projection: { name: 1, version: 1, updated_at: 1 } } as const;
        const found = documents(db).find({ user_id: userId, kind }, heads).sort({ name: 1 });
        return (await found.toArray()).map(toDocumentHead);
      }),
    putDocument: (document, from) =>
      update(async (db) => {
        if (from === 0) {
          try {
            await documents(db).insertOne(ownDocument(document));
            return true;
          } catch (error) {
            if (isDuplicateKey(error)) return false;
            throw error;
          }
        }
        const { _id, version, updated_at, json } = ownDocument(document);
        const { matchedCount } = await documents(db).updateOne(
          { _id, version: from },
          { $set: { version, updated_at, json } },
        );
        return matchedCount === 1;
      }),
    removeDocument: (key, version) =>
      update(
        async (db) => (await documents(db).deleteOne({ _id: documentId(key), version })).deletedCount === 1,
      ),
    removeDocumentsOf: (userId) =>
      update(async (db) => {
        await documents(db).deleteMany({ user_id: userId });
      }),
    removeOrphans: () =>
      update(async (db) => {
        let removed = 0;
        for (const collection of [apiKeys(db), documents(db)]) {
          const removeOf = async (owners: readonly string[]) => {
            const held = users(db).find({ _id: { $in: owners } }, { projection: { _id: 1 } });
            const there = new Set((await held.toArray()).map(({ _id }) => _id));
            const gone = owners.filter((owner) => !there.has(owner));
            if (gone.length === 0) return;
            removed += (await collection.deleteMany({ user_id: { $in: gone } })).deletedCount;
          };
          // The owners first: who is not among the users after that is gone.
          let owners: string[] = [];
          for await (const { _id } of collection.aggregate<{ _id: string }>(BY_OWNER)) {
            owners.push(_id);
            if (owners.length < OWNERS_AT_ONCE) continue;
            await removeOf(owners);
            owners = [];
          }
          await removeOf(owners);
        }
        return removed;
      }),
  };
}

import type { DocumentMethods } from '../../../ports/stores/user-store.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { documents } from './collections.ts';
import { documentId, ownDocument, toDocumentHead, toStoredDocument } from './documents.ts';

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
  };
}

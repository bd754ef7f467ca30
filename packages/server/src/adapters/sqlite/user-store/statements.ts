import type { DatabaseSync } from 'node:sqlite';

/** In one statement, so that a user who is there takes hardly longer than one who is not. */
const FULL_USER = `
  SELECT user.*,
    (SELECT json_group_array(json_object('issuer', issuer, 'subject', subject))
     FROM identity WHERE identity.user_id = user.id) AS identities,
    (SELECT json_group_array(hash) FROM recovery_code WHERE recovery_code.user_id = user.id) AS recovery_hashes
  FROM user`;

/** The user is no administrator who is not disabled, or another is left: part of one statement, so that it holds then. */
const LEAVES_ADMIN = `(user.role <> 'admin' OR user.disabled_at IS NOT NULL OR EXISTS (
  SELECT 1 FROM user AS other WHERE other.id <> user.id AND other.role = 'admin' AND other.disabled_at IS NULL))`;

/** Every statement of the store, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    insertUser: prepare('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    userByEmail: prepare(`${FULL_USER} WHERE email = ?`),
    userById: prepare(`${FULL_USER} WHERE id = ?`),
    userByIdentity: prepare(
      `${FULL_USER} WHERE id = (SELECT user_id FROM identity WHERE issuer = ? AND subject = ?)`,
    ),
    usersAfter: prepare(`${FULL_USER} WHERE email > ? ORDER BY email LIMIT ?`),
    rehashPassword: prepare('UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ?'),
    changePassword: prepare(
      `UPDATE user SET password_hash = ?, generation = generation + 1
       WHERE id = ? AND password_hash IS ?`,
    ),
    noteLogin: prepare('UPDATE user SET last_login_at = ? WHERE id = ?'),
    changeRole: prepare(
      `UPDATE user SET role = ?1, generation = generation + 1
       WHERE id = ?2 AND (?1 = 'admin' OR ${LEAVES_ADMIN})`,
    ),
    disable: prepare(
      `UPDATE user SET disabled_at = ?, generation = generation + 1
       WHERE id = ? AND disabled_at IS NULL AND ${LEAVES_ADMIN}`,
    ),
    enable: prepare('UPDATE user SET disabled_at = NULL WHERE id = ? AND disabled_at IS NOT NULL'),
    deleteUser: prepare(`DELETE FROM user WHERE id = ? AND ${LEAVES_ADMIN}`),

    insertIdentity: prepare('INSERT INTO identity SELECT ?, ?, id FROM user WHERE id = ?'),
    deleteIdentities: prepare('DELETE FROM identity WHERE user_id = ?'),

    beginFactor: prepare(
      `UPDATE user SET factor_secret = ?, factor_in_force = 0, factor_last_step = 0
       WHERE id = ? AND factor_in_force = 0`,
    ),
    confirmFactor: prepare(
      `UPDATE user SET factor_in_force = 1, factor_last_step = ?, generation = generation + 1
       WHERE id = ? AND factor_secret = ? AND factor_in_force = 0`,
    ),
    useCode: prepare(
      'UPDATE user SET factor_last_step = ? WHERE id = ? AND factor_in_force = 1 AND factor_last_step < ?',
    ),
    removeFactor: prepare(
      'UPDATE user SET factor_secret = NULL, factor_in_force = 0 WHERE id = ? AND factor_secret IS NOT NULL',
    ),
    insertRecoveryCode: prepare('INSERT INTO recovery_code VALUES (?, ?)'),
    useRecoveryCode: prepare('DELETE FROM recovery_code WHERE user_id = ? AND hash = ?'),
    deleteRecoveryCodes: prepare('DELETE FROM recovery_code WHERE user_id = ?'),

    insertSession: prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    sessionById: prepare('SELECT * FROM session WHERE family_id = ?'),
    sessionsOf: prepare('SELECT * FROM session WHERE user_id = ? ORDER BY created_at DESC'),
    rotateSession: prepare(
      `UPDATE session
       SET previous_hash = secret_hash, secret_hash = ?, rotated_at = ?, expires_at = ?, network = ?
       WHERE family_id = ? AND secret_hash = ? AND revoked = 0 AND expires_at > ?`,
    ),
    revokeSession: prepare('UPDATE session SET revoked = 1 WHERE family_id = ? AND revoked = 0'),
    deleteSessionsOf: prepare('DELETE FROM session WHERE user_id = ?'),
    deleteExpiredSessions: prepare('DELETE FROM session WHERE expires_at <= ?'),

    insertApiKey: prepare('INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    apiKeyById: prepare('SELECT * FROM api_key WHERE id = ?'),
    apiKeysOf: prepare('SELECT * FROM api_key WHERE user_id = ? ORDER BY created_at DESC'),
    touchApiKey: prepare(
      'UPDATE api_key SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at < ?, 1)',
    ),
    deleteApiKey: prepare('DELETE FROM api_key WHERE user_id = ? AND id = ?'),
    deleteApiKeysOf: prepare('DELETE FROM api_key WHERE user_id = ?'),

    documentByKey: prepare('SELECT * FROM document WHERE user_id = ? AND kind = ? AND name = ?'),
    documentsOf: prepare(
      'SELECT name, version, updated_at FROM document WHERE user_id = ? AND kind = ? ORDER BY name',
    ),
    insertDocument: prepare('INSERT INTO document VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    updateDocument: prepare(
      `UPDATE document SET version = ?, updated_at = ?, json = ?
       WHERE user_id = ? AND kind = ? AND name = ? AND version = ?`,
    ),
    deleteDocument: prepare(
      'DELETE FROM document WHERE user_id = ? AND kind = ? AND name = ? AND version = ?',
    ),
    deleteDocumentsOf: prepare('DELETE FROM document WHERE user_id = ?'),
    deleteOrphanedApiKeys: prepare('DELETE FROM api_key WHERE user_id NOT IN (SELECT id FROM user)'),
    deleteOrphanedDocuments: prepare('DELETE FROM document WHERE user_id NOT IN (SELECT id FROM user)'),

    deny: prepare(
      `INSERT INTO denial VALUES (?, ?)
       ON CONFLICT (session_id) DO UPDATE SET until = max(until, excluded.until)`,
    ),
    denials: prepare('SELECT * FROM denial WHERE until > ?'),
    deleteDenials: prepare('DELETE FROM denial WHERE until <= ?'),
  };
}

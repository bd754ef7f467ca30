import type {
  ApiKey,
  ExternalIdentity,
  Rotation,
  SecondFactor,
  Session,
  StoredDocument,
  User,
} from './user-store.ts';

export const user = (fields: Partial<User> = {}): User => ({
  id: 'u1',
  email: 'trader@example.com',
  name: 'Ünal 例',
  role: 'viewer',
  passwordHash: '$2b$04$hash',
  createdAt: 1_787_000_000_123,
  lastLoginAt: null,
  disabledAt: null,
  generation: 0,
  secondFactor: null,
  identities: [],
  ...fields,
});

export const FACTOR: SecondFactor = {
  sealedSecret: 'sealed',
  inForce: true,
  lastStep: 100,
  recoveryHashes: ['r1', 'r2'],
};

export const identity = (subject: string): ExternalIdentity => ({ issuer: 'https://id.example', subject });

export const session = (fields: Partial<Session> = {}): Session => ({
  familyId: 'f1',
  userId: 'u1',
  secretHash: 'h0',
  previousHash: null,
  createdAt: 1000,
  at: 1000,
  expiresAt: 2000,
  revoked: false,
  device: 'Firefox on 例',
  network: '192.0.2.1',
  ...fields,
});

export const rotation = (secretHash: string, at: number): Rotation => ({
  secretHash,
  at,
  expiresAt: at + 1000,
  network: '2001:db8:0:1',
});

export const apiKey = (fields: Partial<ApiKey> = {}): ApiKey => ({
  id: 'k1',
  userId: 'u1',
  name: 'bot',
  secretHash: 'h',
  scopes: ['market:read', 'logs:read'],
  createdAt: 10,
  expiresAt: null,
  lastUsedAt: null,
  ...fields,
});

export const layout = (fields: Partial<StoredDocument> = {}): StoredDocument => ({
  userId: 'u1',
  kind: 'layout',
  name: 'Expiry day 例',
  version: 1,
  updatedAt: 10,
  json: '{"panels":["chain"],"nul":"\\u0000"}',
  ...fields,
});

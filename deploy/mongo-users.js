// Run once by the mongo image, on an empty database: four roles, each of one purpose, and no user may drop
// anything. The passwords are files of deploy/make-secrets.
const { readFileSync } = require('node:fs');

const password = (name) => readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const admin = db.getSiblingDB('admin');
const databases = ['deltastream_recorded', 'deltastream_synthetic'];
const read = ['find', 'dbStats', 'collStats', 'listCollections', 'listIndexes'];
const write = ['insert', 'update', 'createCollection', 'createIndex'];
const market = (actions) => databases.map((name) => ({ resource: { db: name, collection: '' }, actions }));

// Storage removes marks of hours whose figures are rolled up.
admin.createRole({
  role: 'deltastreamStorage',
  roles: [],
  privileges: market([...read, ...write, 'remove']),
});
admin.createRole({ role: 'deltastreamReader', roles: [], privileges: market(read) });
admin.createRole({
  role: 'deltastreamAuth',
  roles: [],
  privileges: [
    {
      resource: { db: 'deltastream_users', collection: '' },
      actions: ['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex'],
    },
  ],
});

admin.createRole({
  role: 'deltastreamAlerts',
  roles: [],
  privileges: [
    {
      resource: { db: 'deltastream_alerts', collection: '' },
      actions: ['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex'],
    },
  ],
});

admin.createUser({ user: 'storage', pwd: password('mongo_storage_password'), roles: ['deltastreamStorage'] });
admin.createUser({ user: 'reader', pwd: password('mongo_reader_password'), roles: ['deltastreamReader'] });
admin.createUser({ user: 'auth', pwd: password('mongo_auth_password'), roles: ['deltastreamAuth'] });
admin.createUser({ user: 'alerts', pwd: password('mongo_alerts_password'), roles: ['deltastreamAlerts'] });

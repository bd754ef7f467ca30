#!/bin/sh
# Run once by the postgres image, on an empty cluster: four roles, each of one purpose and of the schemas it needs.
# Passwords come by files, and reach the server through the environment of psql, so that no process list shows them.
set -eu
password() { cat "${SECRETS:-/run/secrets}/postgres_$1_password"; }
STORAGE_PASSWORD=$(password storage) READER_PASSWORD=$(password reader) AUTH_PASSWORD=$(password auth) \
  ALERTS_PASSWORD=$(password alerts) \
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv storage STORAGE_PASSWORD
\getenv reader READER_PASSWORD
\getenv auth AUTH_PASSWORD
\getenv alerts ALERTS_PASSWORD
CREATE ROLE storage LOGIN PASSWORD :'storage';
CREATE ROLE reader LOGIN PASSWORD :'reader';
CREATE ROLE auth LOGIN PASSWORD :'auth';
CREATE ROLE alerts LOGIN PASSWORD :'alerts';
ALTER ROLE reader SET default_transaction_read_only = on;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA deltastream_recorded AUTHORIZATION storage;
CREATE SCHEMA deltastream_synthetic AUTHORIZATION storage;
GRANT USAGE ON SCHEMA deltastream_recorded, deltastream_synthetic TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE storage IN SCHEMA deltastream_recorded, deltastream_synthetic
  GRANT SELECT ON TABLES TO reader;

CREATE SCHEMA deltastream_users AUTHORIZATION auth;
CREATE SCHEMA deltastream_alerts AUTHORIZATION alerts;
SQL

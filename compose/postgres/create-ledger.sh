#!/bin/sh
# Makes the role and the database of the ledger, which are nobody else's. Postgres' image runs it once, on an empty volume.
# POSTGRES_USER may make both; SELFPLAY_LEDGER_PASSWORD becomes the role's.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set password="$SELFPLAY_LEDGER_PASSWORD" <<'SQL'
create role selfplay login password :'password';
create database selfplay owner selfplay;
SQL

#!/bin/sh
# Makes the two databases of Temporal's server, or brings them up to date; it may run at every start.
# SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD say where; temporal-sql-tool reads them itself.
set -eu
export SQL_PLUGIN=postgres12

for part in temporal visibility; do
  case $part in
    temporal) database=temporal ;;
    visibility) database=temporal_visibility ;;
  esac
  temporal-sql-tool --database "$database" create-database
  # Version 0.0 is where the updates start; a schema that is there and newer is left as it is.
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$part"
done

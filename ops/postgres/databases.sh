#!/usr/bin/env bash
# Runs once, when the server's data folder is new: one database for each service, owned by a role of its own,
# and closed to the others.
set -euo pipefail
: "${SERVICES_DATABASE_PASSWORD:?}"

for service in catalog enrollment certification notification; do
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
        --set name="training_$service" --set password="$SERVICES_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
done

#!/bin/sh
# The application's role and database, made by a superuser; the role itself is none, so that triggers hold against it.
# In the container it runs once, for an empty volume. Elsewhere: KAM_DB_PASSWORD=… POSTGRES_USER=postgres sh create-database.sh
set -eu

psql -v ON_ERROR_STOP=1 -v password="${KAM_DB_PASSWORD:?Set the password of the role kam.}" \
    -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
CREATE ROLE kam LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'password';
CREATE DATABASE kam OWNER kam TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
SQL

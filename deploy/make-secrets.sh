#!/bin/sh
# Makes every secret that compose.yaml needs, in secrets/. A file that exists is kept, so it is safe to run again.
# Back the folder up apart from the databases: without librechat_encryption_key no stored password opens any more.
set -eu
cd "$(dirname "$0")/.."
command -v openssl >/dev/null || { echo 'openssl is needed' >&2; exit 1; }

# The folder is closed to others. The files are not: containers read them under user ids of their own.
mkdir -p secrets
chmod 700 secrets
umask 022
echo '*' >secrets/.gitignore

# make NAME TEXT: written to a temporary name first, so that a file is whole or absent.
make() {
  [ -s "secrets/$1" ] && return
  printf '%s\n' "$2" >"secrets/$1.new"
  mv "secrets/$1.new" "secrets/$1"
  echo "made secrets/$1"
}
hex() { openssl rand -hex "$1"; }
base64url() { openssl rand -base64 32 | tr '+/' '-_'; }

make librechat_encryption_key "$(base64url)" # Fernet; Django has the same one
make librechat_session_key "$(base64url)"    # the front end's server has the same one
make librechat_refresh_key "$(base64url)"    # the worker's alone
make librechat_admin_password "$(hex 24)"

make postgres_password "$(hex 24)"
make worker_database_password "$(hex 24)"
make database_url "postgres://librechat_worker:$(cat secrets/worker_database_password)@postgres:5432/hestami"

make redis.conf "requirepass $(hex 24)"
make redis_url "redis://:$(sed 's/^requirepass //' secrets/redis.conf)@redis:6379"

make librechat.env "JWT_SECRET=$(hex 32)
JWT_REFRESH_SECRET=$(hex 32)
CREDS_KEY=$(hex 32)
CREDS_IV=$(hex 16)"

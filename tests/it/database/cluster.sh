#!/bin/sh
# A PostgreSQL of one's own, in a folder of its own, at a socket in it. Says the folder when it is ready, and stops and cleans up when its stdin ends, however that comes.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "${bin:-}/initdb" ] || { echo "no PostgreSQL: please run ./setup" >&2; exit 3; }
folder=$(mktemp -d /tmp/dauys-postgres.XXXXXX)
trap 'cd /; rm -rf "$folder"' EXIT
trap '' INT HUP TERM
cd "$folder"
own() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder"
    own() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
fi
own "$bin/initdb" -D data -U dauys -A trust -E UTF8 --locale=C --no-sync --no-instructions >/dev/null
own "$bin/pg_ctl" -D data -s -w -l log \
    -o "-k $folder -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=32MB" start >/dev/null
echo "$folder"
while read -r _; do :; done
own "$bin/pg_ctl" -D data -s -m immediate stop

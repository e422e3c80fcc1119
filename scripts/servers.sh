# Sourced, after env.sh, by the scripts that start servers of their own: a folder for them, which goes with them when the
# script ends however it ends.
pids=()
pg=

# own_folder NAME [PLACE]: the folder, as $work. Other users may enter it: PostgreSQL is not run as root
own_folder() {
  work=$(mktemp -d "${2:-/tmp}/squad-$1.XXXXXX")
  trap end_servers EXIT
  chmod 755 "$work"
}

end_servers() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  [ -z "$pg" ] || as "$pg/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  wait 2>/dev/null || true
  rm -rf "$work"
}

# as PROGRAM…: as the user postgres where this is root, from a folder that postgres may be in
as() { (cd "$work"; if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi); }

# own_postgres PROGRAMS [SETTING…]: a PostgreSQL with an empty database, as $database; nothing reaches it but by $work
own_postgres() {
  pg=$1; shift
  local setting settings="-k $work -c listen_addresses="
  for setting in "$@"; do settings+=" -c $setting"; done
  [ "$(id -u)" != 0 ] || chown postgres "$work"
  as "$pg/initdb" -A trust -U squad -E UTF8 --locale=C.UTF-8 --no-sync -D "$work/data" >/dev/null
  as "$pg/pg_ctl" -w -s -D "$work/data" -l "$work/log" -o "$settings" start
  "$pg/createdb" -h "$work" -U squad squad
  database="postgres:///squad?host=$work&user=squad"
}

# ready FILE: waits for the line "ready URL" that a server writes into it, and prints the URL
ready() {
  local url
  for _ in $(seq 1500); do
    if url=$(sed -n 's/^ready //p' "$1") && [ -n "$url" ]; then echo "$url"; return; fi
    sleep 0.02
  done
  die "no ready line in $1: $(tail -n 3 "$work/err" 2>/dev/null)"
}

# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts that start servers: whatever they start is ended, by its process id, when they end.

scratch=$(mktemp -d)
pids=()

finish() {
  local status=$?
  trap - EXIT
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: runs it in the background, its output in $scratch/NAME.out and .err.
start() {
  local name=$1
  shift
  : >"$scratch/$name.out"  # here, not only in the background: nobody shall read what the last one of that name said
  "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" </dev/null &
  pids+=($!)
}

# eventually COMMAND…: tries it for up to ten seconds, until it succeeds.
eventually() {
  local i
  for ((i = 0; i < 200; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.05
  done
  echo "gave up waiting for: $*" >&2
  tail -n 5 "$scratch"/*.out "$scratch"/*.err >&2
  return 1
}

# devcluster PROGRAM NAME ARGUMENT…: starts one on free ports; its management address (HOST:PORT) is then in $cluster.
devcluster() {
  local program=$1 name=$2
  shift 2
  start "$name" "$program" --port 0 "$@"
  eventually grep -q . "$scratch/$name.out"
  cluster=$(grep -oE -m1 '127\.0\.0\.1:[0-9]+' "$scratch/$name.out" | head -n 1)
}

# memcached_server NAME: starts a memcached on a free port; its address is then in $memcached.
memcached_server() {
  local port_file=$scratch/$1.port
  MEMCACHED_PORT_FILENAME=$port_file start "$1" memcached -l 127.0.0.1 -p -1 -U 0 -u "$(id -un)"
  eventually grep -q 'TCP INET:' "$port_file"
  memcached=127.0.0.1:$(sed -n 's/^TCP INET: //p' "$port_file" | head -n 1)
}

# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of the nginx module, with the programs they use in NGINX_PROGRAM, NGINX_MODULE and TENON_DEVCLUSTER. Each
# test has an nginx of its own: an own folder, an own address, unprivileged; the system's nginx is never touched.

# Everything that is missing is a reason to skip (77), never to pass.
for need in NGINX_MODULE NGINX_PROGRAM ${needs:-}; do
  if [ -z "${!need:-}" ]; then
    echo "skipped: no $need: ${WHY_NO_NGINX:-this machine has no such program}"
    exit 77
  fi
done

. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib.sh"

# An address that this process has for itself, so that its port is free.
address=127.$((1 + ($$ >> 16 & 127))).$(($$ >> 8 & 255)).$(($$ & 255))
site=http://$address:8080
cluster_pid=
passed=0
failed=0
forgiven='$^'  # an alert in nginx's log that is meant to be there

# configuration OPTIONS CLUSTERS LOCATIONS: writes the configuration file; OPTIONS stand outside all blocks.
configuration() {
  mkdir -p "$scratch/nginx"
  cat >"$scratch/nginx.conf" <<CONF
load_module $NGINX_MODULE;
pid $scratch/nginx.pid;
error_log $scratch/error.log info;
worker_shutdown_timeout 20s;
$1
events { worker_connections 512; }
http {
  access_log $scratch/access.log;
  default_type application/octet-stream;
  client_body_temp_path $scratch/nginx/body;
  proxy_temp_path $scratch/nginx/proxy;
  fastcgi_temp_path $scratch/nginx/fastcgi;
  uwsgi_temp_path $scratch/nginx/uwsgi;
  scgi_temp_path $scratch/nginx/scgi;
  $2
  server {
    listen $address:8080;
    location = /here { return 200 "nginx"; }
    $3
  }
}
CONF
}

# Any user may run these: a worker keeps the rights of who started it.
user_directive() {
  if [ "$(id -u)" -eq 0 ]; then echo "user root;"; fi
}

nginx_start() {
  start nginx "$@" "$NGINX_PROGRAM" -p "$scratch/nginx" -c "$scratch/nginx.conf" -g 'daemon off;'
  nginx_pid=${pids[-1]}
  eventually curl -sf "$site/here"
}

workers() { pgrep -P "$nginx_pid" || true; }

# pause and go_on: the cluster, of which $cluster_pid is the process, stands still meanwhile.
pause() { kill -STOP "$cluster_pid"; }
go_on() { kill -CONT "$cluster_pid"; }
trap 'go_on 2>/dev/null || true; finish' EXIT

# writing: how many requests nginx is at work on, by `location = /status { stub_status; }`.
writing() { curl -sf -m 5 "$site/status" | sed -n 's/.*Writing: \([0-9]*\).*/\1/p'; }
writing_is() { [ "$(writing)" = "$1" ]; }

# check NAME EXPECTED GOT: compares, and counts.
check() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
  fi
}

# matches NAME PATTERN GOT: GOT is to match the pattern of bash.
matches() {
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then check "$1" yes yes; else check "$1" "like $2" "$3"; fi
}

# status CURL-ARGUMENT…: the status alone; the answer is left in $scratch/head and $scratch/body.
status() {
  : >"$scratch/body"
  curl -s -m 20 -D "$scratch/head" -o "$scratch/body" -w '%{http_code}' "$@" || true
}

body() { cat "$scratch/body"; }

# header NAME: its value in the last answer.
header() { tr -d '\r' <"$scratch/head" | sed -n "s/^$1: //Ip" | head -n 1; }

# What nginx has to say of itself: no worker died, nothing was left open. Then the line that is counted.
conclude() {
  check "alerts in nginx's log" "" "$(grep -E '\[(alert|emerg|crit)\]' "$scratch/error.log" | grep -v "$forgiven" | head -n 5 || true)"
  if [ "$failed" -ne 0 ]; then
    tail -n 20 "$scratch/error.log"
    tail -n 5 "$scratch"/*.err
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

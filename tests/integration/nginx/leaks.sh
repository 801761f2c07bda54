#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One nginx process under valgrind: nothing is read that is not there, nothing is left behind when it quits.
set -euo pipefail
needs=VALGRIND
. "$(dirname "$0")/nginx.sh"

devcluster "$TENON_DEVCLUSTER" cluster --nodes 2 --bucket default
cluster_pid=${pids[-1]}
configuration "$(user_directive) master_process off;" "
  resolver 127.0.0.1:9;
  tenon_cluster main { hosts $cluster; timeout 20s; }
  tenon_cluster unknown { hosts some.name.invalid:8091; timeout 100ms; }" '
  location = /status { stub_status; }
  location /b/ { tenon_pass main; client_max_body_size 8m; client_body_buffer_size 8k; }
  location /unknown/ { tenon_pass unknown; }'
start nginx "$VALGRIND" -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 \
  "--suppressions=$(dirname "$0")/nginx.supp" \
  "$NGINX_PROGRAM" -p "$scratch/nginx" -c "$scratch/nginx.conf" -g 'daemon off;'
nginx_pid=${pids[-1]}
up() { curl -sf -m 5 "$site/here"; }
eventually up || eventually up || eventually up

head -c 100000 /dev/urandom >"$scratch/value"
for _ in 1 2 3; do
  check "put" 204 "$(status -X PUT -d hello "$site/b/item")"
  check "get" 200 "$(status "$site/b/item")"
  check "get of nothing" 404 "$(status "$site/b/nothing")"
  check "put of a body in a file" 204 "$(status -X PUT --data-binary "@$scratch/value" "$site/b/large")"
  check "get of it" 200 "$(status "$site/b/large")"
  check "counter" 200 "$(status -X POST "$site/b/counter?op=incr&initial=1")"
  check "key too long" 400 "$(status "$site/b/$(printf 'k%.0s' {1..251})")"
  matches "a name that nobody resolves" '50[34]' "$(status "$site/unknown/item")"
  check "delete" 204 "$(status -X DELETE "$site/b/item")"
done
# Requests whose clients go, with the answer still to come; and one that waits when nginx is told to quit: a single
# process does not wait for it.
pause
for _ in 1 2 3; do curl -s -m 0.3 -o /dev/null "$site/b/large" || true; done
idle=$(writing)
curl -s -m 30 -o /dev/null "$site/b/large" &
client=$!
eventually writing_is $((idle + 1))
kill -QUIT "$nginx_pid"
ended=0
wait "$nginx_pid" || ended=$?
wait "$client" || true
check "valgrind's verdict" 0 "$ended"
[ "$ended" -eq 0 ] || head -n 60 "$scratch/nginx.err"
conclude

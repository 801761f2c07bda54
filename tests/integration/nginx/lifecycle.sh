#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Requests that outlive what they stand on, or are outlived by it: clients that go, workers that are told to quit or are
# killed, nodes that do not answer, vBuckets that move.
set -euo pipefail
needs=WRK
. "$(dirname "$0")/nginx.sh"

devcluster "$TENON_DEVCLUSTER" cluster --nodes 3 --bucket default
cluster_pid=${pids[-1]}
configuration "$(user_directive) worker_processes 2;" "
  log_format code '\$status';
  tenon_cluster main { hosts $cluster; timeout 20s; }
  tenon_cluster impatient { hosts $cluster; timeout 300ms; }" "
  location = /status { stub_status; access_log off; }
  location /b/ { tenon_pass main; access_log $scratch/codes code; client_max_body_size 8m; }
  location /impatient/ { tenon_pass impatient; }"
nginx_start
check "put" 204 "$(status -X PUT -d kept "$site/b/item")"

workers_are() { [ "$(workers | wc -l)" -eq "$1" ]; }
# in_flight: eight requests that wait for a cluster that stands still.
in_flight() {
  local i
  idle=$(writing)  # a worker that was killed has left its share in there
  clients=()
  pause
  for i in 1 2 3 4 5 6 7 8; do
    curl -s -m 30 -o /dev/null -w '%{http_code}' "$site/b/item" >"$scratch/flight.$i" &
    clients+=($!)
  done
  eventually writing_is $((idle + 8))
}
# landed NAME: they go on, and all are answered well.
landed() {
  go_on
  wait "${clients[@]}" || true
  check "$1" 200200200200200200200200 "$(cat "$scratch"/flight.*)"
}

# A node that does not answer.
pause
check "no answer in time" 504 "$(status "$site/impatient/item")"
go_on
served() { [ "$(status "$site/impatient/item")" = 200 ]; }
check "served again" 0 "$(eventually served && echo 0)"

# Clients that go before the answer comes, and in the midst of a body.
before=$(workers)
in_flight
kill "${clients[@]}"
wait "${clients[@]}" 2>/dev/null || true
check "requests end with their clients" 0 "$(eventually writing_is "$idle" && echo 0)"
go_on
check "get after that" 200 "$(status "$site/b/item")"
head -c 4000000 /dev/zero >"$scratch/large"
curl -s -m 1 --limit-rate 100k -T "$scratch/large" "$site/b/cut" -o /dev/null || true
check "get after a body that was cut" 200 "$(status "$site/b/item")"
check "the workers are the same" "$before" "$(workers)"

# A new configuration: the old workers answer what they have taken.
in_flight
kill -HUP "$nginx_pid"
check "new workers beside the old" 0 "$(eventually workers_are 4 && echo 0)"
landed "answers by workers that were told to quit"
check "the old workers end" 0 "$(eventually workers_are 2 && echo 0)"

load() {
  : >"$scratch/codes"
  "$WRK" -t1 -c32 "-d$1" -s "$(dirname "$0")/load.lua" "$site/" >"$scratch/wrk" 2>&1 &
  wrk_pid=$!
}
# load_over NAME: what was answered, by status: nothing but what a get and a put should be, and what wrk did not wait for.
load_over() {
  wait "$wrk_pid"
  check "$1: statuses" "" "$(sort "$scratch/codes" | uniq -c | grep -vE ' (200|204|404|499)$' || true)"
  check "$1: some were answered" 1 "$(($(wc -l <"$scratch/codes") > 100))"
  check "$1: the site serves" 200 "$(status "$site/b/item")"
}

load 3s
for _ in 1 2 3; do
  sleep 0.5
  kill -HUP "$nginx_pid"
done
load_over "reload under load"
check "the old workers end after the load" 0 "$(eventually workers_are 2 && echo 0)"

load 2s
sleep 0.5
killed=$(workers | head -n 1)
kill -KILL "$killed"
load_over "a worker killed under load"
check "there is another worker" 0 "$(eventually workers_are 2 && echo 0)"
forgiven="worker process $killed exited on signal 9"

# The third node leaves while its vBuckets are asked for, and comes back.
nodes() { curl -sf -m 5 "http://$cluster/pools/default" | grep -oE '"otpNode":"[^"]*"' | cut -d'"' -f4; }
balanced() { curl -sf -m 5 "http://$cluster/pools/default/rebalanceProgress" | grep -q '"status":"none"'; }
rebalance() {
  local known
  known=$(nodes | paste -sd,)
  check "rebalance without \"$1\"" 200 "$(status --data-urlencode "knownNodes=$known" \
    --data-urlencode "ejectedNodes=$1" "http://$cluster/controller/rebalance")"
  check "it ends" 0 "$({ eventually balanced || eventually balanced || eventually balanced; } && echo 0)"
}
for i in $(seq 100); do status -X PUT -d "value $i" "$site/b/kept-$i" >/dev/null; done
third=$(nodes | sed -n 3p)
host=$(curl -sf "http://$cluster/pools/default" | grep -oE '"hostname":"[^"]*"' | cut -d'"' -f4 | sed -n 3p)
load 6s
rebalance "$third"
check "add it again" 200 "$(status --data-urlencode "hostname=$host" -d user=x -d password=x "http://$cluster/controller/addNode")"
rebalance ""
load_over "rebalance under load"
lost=0
for i in $(seq 100); do
  [ "$(status "$site/b/kept-$i")$(body)" = "200value $i" ] || lost=$((lost + 1))
done
check "items lost in two rebalances" 0 "$lost"

in_flight
kill -QUIT "$nginx_pid"
landed "answers by an nginx that was told to quit"
ended=0
wait "$nginx_pid" || ended=$?
check "nginx ends" 0 "$ended"
conclude

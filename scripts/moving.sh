# SPDX-License-Identifier: Apache-2.0
# Sourced, after lib.sh, by scripts that change a cluster while tenon-bench works on it. They set $server and $bench,
# the programs, and get what went wrong in $failures.

failures=0

# manage CALL FIELD=VALUE…: a management call to $cluster.
manage() {
  local call=$1 field fields=()
  shift
  for field; do fields+=(--data-urlencode "$field"); done
  curl -sS -f -m 20 -o /dev/null -X POST "${fields[@]}" "http://$cluster$call"
}

# node_names: what the cluster calls its nodes, with commas between.
node_names() {
  curl -sS -f -m 20 "http://$cluster/pools/default" | grep -oE '"otpNode":"[^"]*"' | cut -d '"' -f 4 | paste -sd ,
}

balanced() { [ "$(curl -sS -f -m 20 "http://$cluster/pools/default/rebalanceProgress")" = '{"status":"none"}' ]; }

# rebalance [NODE,…]: brings new nodes in and those named out, and waits until it is done.
rebalance() {
  manage /controller/rebalance "knownNodes=$(node_names)" "ejectedNodes=${1:-}" && eventually balanced
}

# Four nodes, to five, to three.
four_five_three() {
  manage /controller/addNode hostname=127.0.0.1 && rebalance && rebalance n_1@127.0.0.2,n_3@127.0.0.1
}

# A node dies and is failed over; later it comes back, and gets what it had.
dies_and_returns() {
  local node=otpNode=n_1@127.0.0.2
  manage /devcluster/stop $node && manage /controller/failOver $node && sleep 0.5 &&
    manage /devcluster/restart $node && manage /controller/reAddNode $node &&
    manage /controller/setRecoveryType $node recoveryType=delta && rebalance
}

# figure NAME: of the JSON object that tenon-bench has printed.
figure() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$scratch/bench.out"; }

# under_load PLUGIN MAY_FAIL TITLE CHANGE: a new cluster of four nodes, tenon-bench on it with that plugin, and the
# change meanwhile. One line says how it went. No more than MAY_FAIL operations may fail, each of them as lost with the
# node that died; in no case may operations stand still for ten seconds.
under_load() {
  local plugin=$1 may_fail=$2 title=$3 change=$4 pid outcome=ok
  devcluster "$server" moving --nodes 4 --replicas 1 --vbuckets 64 --bucket default --host 127.0.0.1 --host 127.0.0.2
  start bench "$bench" --io "$plugin" --host "$cluster" --items 2000 --batch 50 --seconds 60 --interval 100 --json
  pid=${pids[-1]}
  sleep 0.5
  "$change" || outcome=FAILED
  sleep 0.5
  kill "$pid" 2>/dev/null || outcome=FAILED
  wait "$pid" || [ "$may_fail" -gt 0 ] || outcome=FAILED
  [ "$(figure ops)" -gt 0 ] && [ "$(figure errors)" -le "$may_fail" ] && [ "$(figure longest_slow_ms)" -lt 10000 ] ||
    outcome=FAILED
  if grep -v '127\.0\.0\.2:' "$scratch/bench.err" | grep -q .; then outcome=FAILED; fi
  [ "$outcome" = ok ] || failures=$((failures + 1))
  printf '%-12s %-28s %10s operations, %2s failed, throughput below half for %4s ms at most: %s\n' "$plugin" "$title" \
    "$(figure ops)" "$(figure errors)" "$(figure longest_slow_ms)" "$outcome"
  if [ "$outcome" != ok ]; then tail -n 20 "$scratch/bench.err" "$scratch/moving.err"; fi
}

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh DEVCLUSTER TENON-BENCH PLUGIN…: what tenon-bench prints for programs to read: these keys, the operations asked
# for (without the prefill), no errors, and times that can be.
set -euo pipefail
. "$(dirname "$0")/../../../scripts/lib.sh"
devcluster "$1" cluster --nodes 2 --bucket default --bucket safe:secret
bench=$2
shift 2

passed=0 failed=0
run() {
  if "$bench" --host "$cluster" --items 200 --batch 50 --cycles 20 --key-size 20 --value-size 300 --set-percent 30 --json \
    "$@" >"$scratch/figures" && python3 - "$scratch/figures" <<'check'; then
import json, sys
run = json.load(open(sys.argv[1]))
assert list(run) == ("ops ops_per_s cpu_ns_per_op user_ns_per_op sys_ns_per_op p50_us p99_us p999_us max_us "
                     "errors").split(), list(run)
assert run["ops"] == 1000 and run["errors"] == 0, run
assert run["ops_per_s"] > 0 and 0 < run["p50_us"] <= run["p99_us"] <= run["p999_us"] <= run["max_us"], run
assert abs(run["cpu_ns_per_op"] - run["user_ns_per_op"] - run["sys_ns_per_op"]) <= 0.2, run
check
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: tenon-bench $*"
  fi
}

for plugin in "$@"; do run --io "$plugin"; done
run --bucket safe --user safe --password secret
if "$bench" --host "$cluster" --bucket safe --password wrong --json >"$scratch/figures" 2>"$scratch/why" ||
  [ -s "$scratch/figures" ] || ! grep -q "$cluster" "$scratch/why"; then
  failed=$((failed + 1))
  echo "FAILED: a wrong password is told, with the host, and nothing is printed as figures"
  cat "$scratch/figures" "$scratch/why"
else
  passed=$((passed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a client under valgrind on every plugin of a build: no leak, no error, no descriptor left open at exit.
# usage: tests/valgrind.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(cd "${1:?build folder}" && pwd)
export TENON_PLUGIN_PATH=$build/plugins
. scripts/lib.sh

devcluster "$build/tools/devcluster/tenon-devcluster" cluster --nodes 4 --bucket default

failures=0
inspect() {
  local name=$1 log=$scratch/$1.valgrind
  shift
  if ! timeout 120 valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible --track-fds=yes \
    --error-exitcode=99 --log-file="$log" "$@" >"$scratch/$name.out" 2>&1; then
    echo "$name: failed"
    cat "$scratch/$name.out" "$log"
    failures=$((failures + 1))
  elif ! grep -q 'FILE DESCRIPTORS:' "$log" ||
    [ "$(grep -cE '== Open .* [0-9]+:' "$log")" -ne "$(grep -c '<inherited from parent>' "$log")" ]; then
    echo "$name: descriptors left open"
    cat "$log"
    failures=$((failures + 1))
  else
    echo "$name: clean"
  fi
}

for plugin in $(<"$build/plugins/runnable"); do
  inspect "$plugin" "$build/examples/store_and_read" "$cluster" default "$plugin" 500
  host=$build/examples/inject_$plugin
  [ ! -x "$host" ] || inspect "inject_$plugin" "$host" "$cluster" default
done
inspect cpp_get_set "$build/examples/cpp_get_set" "$cluster" default
inspect c_get_set "$build/examples/c_get_set" "$cluster" default
exit $((failures > 0))

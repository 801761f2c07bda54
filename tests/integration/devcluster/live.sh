#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# live.sh DEVCLUSTER TENON-BENCH PLUGIN…: programs of their own on real sockets. A rebalance fails no operation; a node
# that dies fails those of one batch at most.
set -euo pipefail
scripts=$(dirname "$0")/../../../scripts
. "$scripts/lib.sh"
. "$scripts/moving.sh"
server=$1 bench=$2
shift 2

for plugin in "$@"; do
  under_load "$plugin" 0 '4 to 5 to 3 nodes' four_five_three
  under_load "$plugin" 50 'a node dies and returns' dies_and_returns
done
[ "$failures" -eq 0 ]

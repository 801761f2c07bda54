#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the C API's library of a build with the ABI committed in core/api/couchbase2/couchbase2.abi: programs that were
# linked with the one go on working with the other. A change that is meant is written down with --update.
# usage: tests/abi.sh BUILD [--update]
set -euo pipefail
cd "$(dirname "$0")/.."
library=${1:?build folder}/core/api/couchbase2/libtenon-couchbase2.so
committed=core/api/couchbase2/couchbase2.abi
built=$(mktemp)
trap 'rm -f "$built"' EXIT

# What the headers do not show (what an lcb_t points to, say) may change at any time.
abidw --headers-dir core/api/couchbase2/include --headers-dir io/include --drop-private-types --exported-interfaces-only \
  --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --no-architecture --no-parameter-names \
  --type-id-style hash --out-file "$built" "$library"
grep -q lcb_create "$built" || { echo "abi: $library shows nothing" >&2; exit 1; }
if [ "${2:-}" = --update ]; then
  cat "$built" >"$committed"
elif ! abidiff "$committed" "$built"; then
  echo "abi: not what $committed says; if that is meant: tests/abi.sh BUILD --update" >&2
  exit 1
fi

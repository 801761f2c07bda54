#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exports.sh LIBRARY HEADER…: the library shows the functions that the headers declare, and nothing else.
set -euo pipefail
library=$1
shift
shown=$(nm -D --defined-only "$library" | awk '{print $NF}' | sort)
declared=$(sed -nE 's/^(LIBCOUCHBASE_API|LCB_INTERNAL_API)[^(]*[ *]((lcb|lcbvb|vbucket)_[a-z0-9_]*)\(.*/\2/p' "$@" | sort)
[ "$(wc -l <<<"$declared")" -ge 100 ]
diff <(echo "$declared") <(echo "$shown") || { echo "left: declared, right: shown by $library" >&2; exit 1; }

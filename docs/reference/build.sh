#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the reference in a folder: build.sh FOLDER; its first page is FOLDER/html/index.html. Fails on any warning: what is
# public and not described, or a description that names what is not there.
set -euo pipefail
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
{ cat docs/reference/Doxyfile; echo "OUTPUT_DIRECTORY = $out"; } | doxygen -

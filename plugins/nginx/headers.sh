#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# headers.sh SOURCE OUT: the two headers that nginx's configure generates, for the nginx whose packaged source tree (the
# headers and configure of Debian's nginx-dev) is SOURCE, with the arguments the packaged nginx was built with.
set -euo pipefail
source=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$source/." "$work"
cd "$work"
. ./conf_flags
if ! bash ./configure "${NGX_CONF_FLAGS[@]}" --builddir="$work/objs" >configure.log 2>&1; then
  cat configure.log >&2
  exit 1
fi
mv objs/ngx_auto_config.h objs/ngx_auto_headers.h "$out"

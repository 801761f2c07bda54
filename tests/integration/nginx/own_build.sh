#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# nginx's own build makes the module as well: own_build.sh SOURCE TENON BUILD, SOURCE being the packaged nginx's sources,
# TENON ours, and BUILD the build, which stands for an installed tenon.
set -euo pipefail
. "$(dirname "$0")/nginx.sh"

cat >"$scratch/tenon.pc" <<PC
Name: tenon
Description: as built, not installed
Version: 0
Cflags: -I$2/core/base/include -I$2/core/topology/include -I$2/core/client/include -I$2/core/api/include -I$2/io/include
Libs: -L$3/core -Wl,-rpath,$3/core -ltenon
PC
export PKG_CONFIG_PATH=$scratch

cp -R "$1" "$scratch/source"
cd "$scratch/source"
. ./conf_flags
build() {
  bash ./configure "${NGX_CONF_FLAGS[@]}" --builddir="$scratch/objs" "--add-dynamic-module=$1" &&
    make -f "$scratch/objs/Makefile" modules
}
if ! build "$2/plugins/nginx" >"$scratch/build.out" 2>&1; then
  tail -n 40 "$scratch/build.out"
  exit 1
fi
cd "$scratch"
NGINX_MODULE=$scratch/objs/ngx_http_tenon_module.so
devcluster "$TENON_DEVCLUSTER" cluster --nodes 1 --bucket default
configuration "$(user_directive) worker_processes 1;" "tenon_cluster main { hosts $cluster; }" \
  'location /b/ { tenon_pass main; }'
nginx_start
check "put" 204 "$(status -X PUT -d own "$site/b/item")"
check "get" 200 "$(status "$site/b/item")"
check "its body" own "$(body)"
conclude

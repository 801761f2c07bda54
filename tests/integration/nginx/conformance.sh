#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules of the IO contract, one check after the other, inside a worker of the real nginx.
set -euo pipefail
. "$(dirname "$0")/nginx.sh"

NGINX_MODULE=$CONFORMANCE_MODULE configuration "$(user_directive) master_process off;" "" ""
sed -i '/^http {/,$d; s/worker_connections 512/worker_connections 8192/' "$scratch/nginx.conf"
status=0
"$NGINX_PROGRAM" -p "$scratch/nginx" -c "$scratch/nginx.conf" -g 'daemon off;' || status=$?
exit "$status"

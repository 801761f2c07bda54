#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What nginx says of right and wrong configurations, and of names that are looked up: by its own resolver where there is
# one, else by the client's.
set -euo pipefail
needs=PYTHON
. "$(dirname "$0")/nginx.sh"

# wrong NAME PATTERN CLUSTERS LOCATIONS: nginx refuses them, and says why.
wrong() {
  configuration "" "$3" "$4"
  local words
  if words=$("$NGINX_PROGRAM" -t -p "$scratch/nginx" -c "$scratch/nginx.conf" 2>&1); then words="it was accepted"; fi
  matches "$1" "*$2*" "$words"
}
wrong "no hosts" 'no "hosts" in "tenon_cluster main"' 'tenon_cluster main { bucket default; }' ''
wrong "an unknown directive" 'unknown directive "host"' 'tenon_cluster main { host x; }' ''
wrong "a missing argument" 'invalid number of arguments in "bucket"' 'tenon_cluster main { hosts x; bucket; }' ''
wrong "twice the same directive" '"bucket" is duplicate' 'tenon_cluster main { hosts x; bucket a; bucket b; }' ''
wrong "no time" '"timeout" invalid value' 'tenon_cluster main { hosts x; timeout soon; }' ''
wrong "a timeout of 0" 'a timeout of 0' 'tenon_cluster main { hosts x; timeout 0; }' ''
wrong "twice the same cluster" 'is duplicate' 'tenon_cluster main { hosts x; } tenon_cluster main { hosts y; }' ''
wrong "a cluster that is not there" 'no "tenon_cluster other"' 'tenon_cluster main { hosts x; }' \
  'location / { tenon_pass other; }'
wrong "tenon_pass twice" 'is duplicate' 'tenon_cluster main { hosts x; }' 'location / { tenon_pass main; tenon_pass main; }'

example=$(dirname "$0")/../../../examples/nginx/nginx.conf
sed "s#modules/ngx_http_tenon_module.so#$NGINX_MODULE#" "$example" >"$scratch/example.conf"
check "the example" 0 "$("$NGINX_PROGRAM" -t -p "$scratch/nginx" -c "$scratch/example.conf" >"$scratch/words" 2>&1 && echo 0)"

# A name server that knows "cluster.test" alone, as the address of the cluster.
cat >"$scratch/names.py" <<'PYTHON'
import socket
import struct
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 5353))
print("ready", flush=True)
while True:
    query, peer = server.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    known = query[12:end - 4] == b"\7cluster\4test\0"
    address = known and query[end - 4:end - 2] == b"\0\1"
    answer = struct.pack(">HHHIH4s", 0xC00C, 1, 1, 60, 4, socket.inet_aton("127.0.0.1")) if address else b""
    flags = 0x8180 if known else 0x8183
    server.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, len(answer) // 16, 0, 0) + query[12:end] + answer, peer)
PYTHON
start names "$PYTHON" "$scratch/names.py" "$address"
eventually grep -q ready "$scratch/names.out"

devcluster "$TENON_DEVCLUSTER" cluster --nodes 1 --bucket default
port=${cluster##*:}
clusters="
  tenon_cluster known { hosts cluster.test:$port; }
  tenon_cluster unknown { hosts nobody.test:$port; timeout 2s; }"
locations='
  location /known/ { tenon_pass known; }
  location /unknown/ { tenon_pass unknown; }'
configuration "$(user_directive) worker_processes 1;" "resolver $address:5353; $clusters" "$locations"
nginx_start
check "put where nginx's resolver finds the cluster" 204 "$(status -X PUT -d x "$site/known/item")"
check "get" 200 "$(status "$site/known/item")"
matches "a name that nobody has" '50[34]' "$(status "$site/unknown/item")"
said() { grep -q 'nobody.test' "$scratch/error.log"; }
check "the log names it" 0 "$(eventually said && echo 0)"
kill -QUIT "$nginx_pid"
wait "$nginx_pid" || true

# Without a resolver of nginx's the client looks into /etc/hosts, too.
configuration "$(user_directive) worker_processes 1;" "tenon_cluster local { hosts localhost:$port; }" \
  'location /local/ { tenon_pass local; }'
nginx_start
check "get where the client finds the cluster" 200 "$(status "$site/local/item")"
conclude

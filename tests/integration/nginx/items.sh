#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a location with tenon_pass answers, method by method.
set -euo pipefail
needs=MEMCACHED
. "$(dirname "$0")/nginx.sh"

devcluster "$TENON_DEVCLUSTER" cluster --nodes 2 --bucket default
memcached_server memcached
configuration "$(user_directive) worker_processes 1;" "
  tenon_cluster main { hosts $cluster; }
  tenon_cluster plain { hosts $memcached; memcached on; }
  tenon_cluster wrong { hosts $cluster; bucket nobodys; timeout 1s; }
  tenon_cluster nowhere { hosts $address:9; timeout 500ms; }" '
  location /b/ { tenon_pass main; tenon_expires $arg_expires; client_max_body_size 32m; client_body_buffer_size 8k; }
  location /small/ { tenon_pass main; client_max_body_size 32m; client_body_buffer_size 1m; }
  location /named { tenon_pass main; tenon_key $arg_key; tenon_method $arg_do; tenon_value $arg_value; }
  location ~ ^/regex/(.+)\.json$ { tenon_pass main; tenon_key $1; default_type application/json; }
  location /plain/ { tenon_pass plain; }
  location /wrong/ { tenon_pass wrong; }
  location /nowhere/ { tenon_pass nowhere; }
  location /cached/ { tenon_pass main; error_page 404 = @origin; }
  location @origin { return 200 "from the origin"; }
  location /if/ { tenon_pass main; if ($arg_x) { set $y 1; } }
  location /limited/ { tenon_pass main; limit_except GET { deny all; } }
  location /unlimited/ { tenon_pass main; limit_except GET { allow all; } }
  location = /framed { tenon_pass main; tenon_key varied; default_type text/html; add_before_body /b/new; }
  listen ADDRESS:8081 http2;
  location /zipped/ { tenon_pass main; gzip on; gzip_min_length 1; gzip_types *; }'
sed -i "s/ADDRESS/$address/" "$scratch/nginx.conf"
nginx_start
item=$site/b/item

check "get of nothing" 404 "$(status "$item")"
check "head of nothing" 404 "$(status -I "$item")"
check "delete of nothing" 404 "$(status -X DELETE "$item")"
check "put" 204 "$(status -X PUT -d hello -H 'X-Tenon-Flags: 4000000000' "$item")"
etag=$(header ETag)
matches "the entity tag of a put" '"????????????????"' "$etag"
check "get" 200 "$(status "$item")"
check "its body" hello "$(body)"
check "its entity tag" "$etag" "$(header ETag)"
check "its CAS" "${etag//\"/}" "$(header X-Tenon-CAS)"
check "its flags" 4000000000 "$(header X-Tenon-Flags)"
check "its type" application/octet-stream "$(header Content-Type)"
check "head" 200 "$(status -I "$item")"
check "length in a head's answer" 5 "$(header Content-Length)"
check "range" 206 "$(status -r 1-3 "$item")"
check "bytes of the range" ell "$(body)"
check "a type by location" 200 "$(status "$site/regex/item.json")"
check "the type" application/json "$(header Content-Type)"

check "get if none match, same" 304 "$(status -H "If-None-Match: $etag" "$item")"
check "get if none match, other" 200 "$(status -H 'If-None-Match: "00000000000000ff"' "$item")"
check "get if match, other" 412 "$(status -H 'If-Match: "00000000000000ff"' "$item")"

check "put if none match *" 412 "$(status -X PUT -d x -H 'If-None-Match: *' "$item")"
check "put if none match, new" 201 "$(status -X PUT -d new -H 'If-None-Match: *' "$site/b/new")"
check "put if none match with a tag" 400 "$(status -X PUT -d x -H "If-None-Match: $etag" "$item")"
check "put if match" 204 "$(status -X PUT -d world -H "If-Match: $etag" "$item")"
check "put if match, old" 412 "$(status -X PUT -d lost -H "If-Match: $etag" "$item")"
check "put if match, foreign tag" 412 "$(status -X PUT -d lost -H 'If-Match: "abc"' "$item")"
check "put if match, missing" 412 "$(status -X PUT -d lost -H "If-Match: $etag" "$site/b/missing")"
check "put if match *, missing" 412 "$(status -X PUT -d lost -H 'If-Match: *' "$site/b/missing")"
check "put if match *" 204 "$(status -X PUT -d again -H 'If-Match: *' "$item")"
check "both conditions" 400 "$(status -X PUT -d x -H 'If-Match: *' -H 'If-None-Match: *' "$item")"
check "what stayed" 200 "$(status "$item")"
check "what stayed, body" again "$(body)"
current=$(header ETag)
check "delete if match, old" 412 "$(status -X DELETE -H "If-Match: $etag" "$item")"
check "delete if match" 204 "$(status -X DELETE -H "If-Match: $current" "$item")"
check "get of what was deleted" 404 "$(status "$item")"

check "post" 204 "$(status -X POST -d b "$item")"
check "append" 204 "$(status -X PATCH -d c "$item?op=append")"
check "prepend" 204 "$(status -X POST -d a "$item?op=prepend")"
check "the three" 200 "$(status "$item")"
check "the three, body" abc "$(body)"
check "append if match" 412 "$(status -X PATCH -d d -H "If-Match: $etag" "$item?op=append")"
check "append to nothing" 404 "$(status -X PATCH -d c "$site/b/missing?op=append")"
check "add of what is there" 409 "$(status -X POST -d c "$item?op=add")"
check "replace of nothing" 404 "$(status -X POST -d c "$site/b/missing?op=replace")"
check "an operation that nobody knows" 400 "$(status -X POST -d c "$item?op=frobnicate")"
check "patch without one" 400 "$(status -X PATCH -d c "$item")"
check "a get cannot change anything" 200 "$(status "$item?op=delete")"
check "a method of other trades" 405 "$(status -X PROPFIND "$item")"

counter=$site/b/counter
check "incr of nothing" 404 "$(status -X POST "$counter?op=incr")"
check "incr with an initial value" 200 "$(status -X POST "$counter?op=incr&initial=40")"
check "the initial value" 40 "$(body)"
check "incr by 2" 200 "$(status -X PATCH "$counter?op=incr&by=2")"
check "the sum" 42 "$(body)"
check "its type" text/plain "$(header Content-Type)"
check "decr below nothing" 200 "$(status -X PATCH "$counter?op=decr&by=100")"
check "the difference" 0 "$(body)"
check "by what is no number" 400 "$(status -X PATCH "$counter?op=incr&by=two")"
check "incr of what is no number" 409 "$(status -X PATCH "$item?op=incr")"
check "incr if match" 400 "$(status -X PATCH -H "If-Match: $etag" "$counter?op=incr")"

check "put that expires" 204 "$(status -X PUT -d x "$site/b/soon?expires=4")"
check "it is there" 200 "$(status "$site/b/soon")"
check "put that expires in a year" 204 "$(status -X PUT -d x "$site/b/late?expires=1y")"
check "touch" 204 "$(status -X PATCH "$site/b/late?op=touch&expires=30d")"
check "touch of nothing" 404 "$(status -X PATCH "$site/b/missing?op=touch&expires=1")"
check "no time" 400 "$(status -X PUT -d x "$site/b/soon?expires=soon")"
gone() { [ "$(status "$site/b/soon")" = 404 ]; }
check "it has expired" 0 "$(eventually gone && echo 0)"
check "the late one has not" 200 "$(status "$site/b/late")"

check "a key with a space" 204 "$(status -X PUT -d space "$site/b/a%20key")"
check "get of it" 200 "$(status "$site/b/a%20key")"
check "get by other variables" 200 "$(status -X POST "$site/named?key=new&do=get")"
check "no key" 400 "$(status "$site/b/")"
check "the longest key" 204 "$(status -X PUT -d x "$site/b/$(printf 'k%.0s' {1..250})")"
check "a key too long" 400 "$(status "$site/b/$(printf 'k%.0s' {1..251})")"
check "flags that are none" 400 "$(status -X PUT -d x -H 'X-Tenon-Flags: red' "$item")"
check "a value from a variable" 204 "$(status "$site/named?key=varied&do=set&value=from-a-variable")"
check "what was stored" 200 "$(status "$site/b/varied")"
check "what was stored, body" from-a-variable "$(body)"
check "an empty value" 204 "$(status -X PUT -d '' "$site/b/empty")"
check "get of it" 200 "$(status "$site/b/empty")"
check "its length" 0 "$(header Content-Length)"

check "an if in the location" 200 "$(status "$site/if/item?x=1")"
check "put where only get is allowed" 403 "$(status -X PUT -d x "$site/limited/item")"
check "get there" 200 "$(status "$site/limited/item")"
check "put where more is allowed" 204 "$(status -X PUT -d abc "$site/unlimited/item")"
check "get with another's before it" 200 "$(status "$site/framed")"
check "both" newfrom-a-variable "$(body)"

# Bodies in memory, in memory and file, in chunks; up to the limit of an item and beyond it.
for size in 1000 20000 3000000 20971520; do
  head -c "$size" /dev/urandom >"$scratch/value"
  for place in b small; do
    check "put of $size bytes to /$place" 204 "$(status -X PUT --data-binary "@$scratch/value" "$site/$place/large")"
    check "get of $size bytes from /$place" 200 "$(status "$site/$place/large")"
    check "$size bytes from /$place are the same" 0 "$(cmp -s "$scratch/value" "$scratch/body" && echo 0)"
  done
  check "put of $size bytes in chunks" 204 \
    "$(status -X PUT -H 'Transfer-Encoding: chunked' --data-binary "@$scratch/value" "$site/b/large")"
done
second=http://$address:8081/b
check "put by HTTP/2" 204 "$(status --http2-prior-knowledge -X PUT --data-binary "@$scratch/value" "$second/two")"
check "get by HTTP/2" 200 "$(status --http2-prior-knowledge "$second/two")"
check "the same by HTTP/2" 0 "$(cmp -s "$scratch/value" "$scratch/body" && echo 0)"
printf x >>"$scratch/value"
check "one byte too many" 413 "$(status -X PUT --data-binary "@$scratch/value" "$site/b/large")"

check "a fallback" 200 "$(status "$site/cached/missing")"
check "a fallback's body" "from the origin" "$(body)"
check "put to be zipped" 204 "$(status -X PUT -d "$(printf 'z%.0s' {1..500})" "$site/zipped/item")"
check "get zipped" 200 "$(status -H 'Accept-Encoding: gzip' "$site/zipped/item")"
matches "a weak entity tag" 'W/"*"' "$(header ETag)"
check "put if it matches" 204 "$(status -X PUT -d x -H "If-Match: $(header ETag)" "$site/zipped/item")"

check "put to memcached" 204 "$(status -X PUT -d memcached "$site/plain/item")"
check "get from memcached" 200 "$(status "$site/plain/item")"
check "get from memcached, body" memcached "$(body)"

matches "a bucket that is not there" '50[24]' "$(status "$site/wrong/item")"
matches "a cluster that is not there" '50[34]' "$(status "$site/nowhere/item")"

# Many requests on one connection, sent at once.
printf 'GET /b/item HTTP/1.1\r\nHost: x\r\n\r\n%.0s' {1..20} >"$scratch/pipeline"
exec 3<>"/dev/tcp/$address/8080"
{ cat "$scratch/pipeline"; printf 'GET /b/item HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'; } >&3
check "answers to 21 requests in one piece" 21 "$(timeout 20 grep -ac 'HTTP/1.1 200' <&3 || true)"
exec 3>&-

kill -QUIT "$nginx_pid"
ended=0
wait "$nginx_pid" || ended=$?
check "nginx ends" 0 "$ended"
conclude

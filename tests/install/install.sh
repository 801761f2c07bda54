#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a folder of its own and uses it as a stranger would: programs outside the tree that know only
# pkg-config, plugins found by name where they were installed.
# usage: install.sh SOURCE BUILD
set -euo pipefail
source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
. "$source/scripts/lib.sh"

passed=0 failed=0
check() {
  local name=$1
  shift
  if "$@" >"$scratch/check.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    cat "$scratch/check.log"
  fi
}

DESTDIR=$scratch/root meson install -C "$build" --no-rebuild --quiet
prefix=$(find "$scratch/root" -type d -name include -prune -exec dirname {} \;)
pkgconfig=$(dirname "$(find "$prefix" -name tenon.pc)")
lib=$(dirname "$pkgconfig")
plugins=$(cd "$build/plugins" && ls libtenon-io-*.so | sed 's/^libtenon-io-\(.*\)\.so$/\1/')

# what was promised is there
for file in include/tenon/{io.h,io_check.h,io.hpp,tenon.hpp,callback.hpp,cluster_map.hpp,errc.hpp,map_difference.hpp,options.hpp,reply.hpp} \
  include/tenon/couchbase2/libcouchbase/couchbase.h bin/{tenon,tenon-devcluster,tenon-io-check,tenon-proxy}; do
  check "$file is installed" test -f "$prefix/$file"
done
for file in libtenon.so libtenon-couchbase2.so pkgconfig/tenon.pc pkgconfig/tenon-couchbase2.pc; do
  check "$file is installed" test -f "$lib/$file"
done

# a plugin exports its two creators, and links neither the engine nor another loop's library
# (what the headers of Asio bring along aside: programs and the plugin have to have one)
exports() { nm -D --defined-only "$1" | awk '$3 !~ /^(_Z|(boost_)?asio_detail_)/ {print $3}' | sort | tr '\n' ' '; }
for plugin in $plugins; do
  file=$lib/libtenon-io-$plugin.so
  check "libtenon-io-$plugin.so is installed" test -f "$file"
  check "$plugin exports its creators and nothing else: $(exports "$file")" \
    test "$(exports "$file")" = "lcb_create_${plugin}_io_opts tenon_create_${plugin}_io_ops "
  check "$plugin does not link the engine" bash -c '! readelf -d "$1" | grep -q "NEEDED.*libtenon"' - "$file"
done
check "libtenon links no event library" bash -c '! readelf -d "$1" | grep -qE "NEEDED.*lib(ev|uv|event)[-_.]"' - "$lib/libtenon.so"

# programs outside the tree, linked with nothing but what pkg-config says
unset LD_LIBRARY_PATH
export PKG_CONFIG_PATH=$pkgconfig
flags() { pkg-config --define-variable=prefix="$prefix" "$@"; }
cd "$scratch"
cp "$source/examples/cpp_get_set/main.cpp" "$source/examples/c_get_set/main.c" .
check "a C++ program builds with pkg-config alone" \
  "${CXX_FOR_TEST:-c++}" -std=c++20 -Wall -Wextra -Wpedantic -Werror main.cpp -o cpp_get_set $(flags --cflags --libs tenon)
check "a C program builds with pkg-config alone" \
  "${CC_FOR_TEST:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror main.c -o c_get_set $(flags --cflags --libs tenon-couchbase2)
printf '#include <tenon/io.h>\nint main(void) { return TENON_IO_OK; }\n' >header.c
for standard in c89 c99 c11; do
  check "<tenon/io.h> is pedantic $standard" \
    "${CC_FOR_TEST:-cc}" -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(flags --cflags tenon) header.c
done

unset TENON_PLUGIN_PATH TENON_IO_PLUGIN
export LD_LIBRARY_PATH=$lib  # stands for ldconfig
devcluster "$prefix/bin/tenon-devcluster" cluster --nodes 2 --bucket default
for plugin in $plugins; do
  check "the C++ program runs on $plugin" env TENON_IO_PLUGIN="$plugin" ./cpp_get_set "$cluster"
  check "the C program runs on $plugin" env LIBCOUCHBASE_EVENT_PLUGIN_NAME="$lib/libtenon-io-$plugin.so" \
    LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL="lcb_create_${plugin}_io_opts" ./c_get_set "$cluster"
done

# a plugin that is written outside the tree, from the template that was installed beside its guide
check "the guide is installed" test -f "$prefix/share/doc/tenon/docs/writing-a-plugin.md"
cp -r "$prefix/share/doc/tenon/examples/plugin_template" mine
check "the template builds with pkg-config alone" make -C mine \
  CC="${CC_FOR_TEST:-cc} -Werror" CXX="${CXX_FOR_TEST:-c++} -Werror" PKG_CONFIG="pkg-config --define-variable=prefix=$prefix"
check "the template keeps every rule, on its own loop and on a host's" \
  make -C mine check IO_CHECK="$prefix/bin/tenon-io-check"
export TENON_PLUGIN_PATH=$PWD/mine
for plugin in template templatexx; do
  check "$plugin is checked by its name" "$prefix/bin/tenon-io-check" "$plugin"
  check "the C++ program runs on $plugin" env TENON_IO_PLUGIN="$plugin" ./cpp_get_set "$cluster"
done
unset TENON_PLUGIN_PATH
for rig in "$lib"/tenon/host-loops/*.so; do
  plugin=$(basename "$rig" .so)
  check "an installed $plugin is checked on its host's loop" "$prefix/bin/tenon-io-check" --host-loop --rule 15 "$plugin"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

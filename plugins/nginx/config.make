# SPDX-License-Identifier: Apache-2.0
# Read by nginx's configure after its Makefile is written: how the C++ of the module is built.
tenon_nginx=$ngx_addon_dir
cat <<MAKE >>"$NGX_MAKEFILE"

TENON_CXX = \$(if \$(filter default,\$(origin CXX)),c++,\$(CXX))
TENON_CXXFLAGS = -std=c++20 -O2 -g -fPIC -fvisibility=hidden -pthread \\
	-I$tenon_nginx/../../io $tenon_cflags

$NGX_OBJS/libtenon_nginx.a: $tenon_nginx/table.cpp $tenon_nginx/cluster.cpp $tenon_nginx/events.h $tenon_nginx/cluster.h
	mkdir -p $NGX_OBJS/tenon
	for part in $tenon_nginx/table.cpp $tenon_nginx/cluster.cpp $tenon_nginx/../../io/post_queue.cpp \\
		$tenon_nginx/../../io/sockets.cpp $tenon_nginx/../../io/timer_queue.cpp; do \\
		\$(TENON_CXX) \$(TENON_CXXFLAGS) -c \$\$part -o $NGX_OBJS/tenon/\$\$(basename \$\$part .cpp).o || exit 1; \\
	done
	rm -f \$@ && ar rcs \$@ $NGX_OBJS/tenon/*.o

MAKE

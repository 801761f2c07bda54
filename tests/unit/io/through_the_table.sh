#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# through_the_table.sh ARCHIVE…: R13 of the contract: what the archives hold, but for the socket calls and plugins of io/
# and plugins/ that stand behind tables, calls nothing of the system that makes, uses or waits for descriptors.
set -euo pipefail
calls='accept4?|bind|close|connect|dup[23]?|epoll_\w+|eventfd|fcntl(64)?|getpeername|getsockname|getsockopt|ioctl|kqueue|listen'
calls+='|open(at)?(64)?|p?poll|p?select|pipe2?|readv?|recv(from|m?msg)?|send(to|m?msg)?|setsockopt|shutdown|socket(pair)?'
calls+='|timerfd_\w+|writev?'
# The map cache is a regular file, and no matter of a loop: it may open and close that one.
exempt='/(libtenon-io|libbuiltin)-?[a-z]*\.a\.p/|bootstrap_map_cache\.cpp\.o: +U (open(64)?|close)$'
used() { nm -uA "$@" 2>/dev/null | grep -vE "$exempt" | grep -E " U (__)?($calls)(_chk|_2)?$"; }

passed=0 failed=0
for archive in "$@"; do
  members=$(nm -uA "$archive" 2>/dev/null | grep -c ' U ' || true)
  [ "$members" -ge 100 ] || { echo "FAILED: $archive cannot be looked into"; failed=$((failed + 1)); continue; }
  if used "$archive"; then
    echo "FAILED: $archive goes past the table"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

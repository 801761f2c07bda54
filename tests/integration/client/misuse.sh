#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Misuse of <tenon/tenon.hpp> that the compiler refuses, and the words it does so with.
# usage: misuse.sh INCLUDE_FOLDERS(with ':' between) COMPILER...
set -u
IFS=: read -ra folders <<<"$1"
shift
flags=(-std=c++20 -fsyntax-only -x c++ -)
for folder in "${folders[@]}"; do flags+=("-I$folder"); done
failed=0

# NAME, what is to be in the compiler's words (empty: it is to be accepted), the body of a function with a Client.
try() {
  local said
  said=$(printf '#include <tenon/blocking.hpp>\nusing namespace tenon;\nDetached f(Client &client) {\n%s\nco_return;\n}\n' "$3" |
    "${compiler[@]}" "${flags[@]}" -Werror=unused-result 2>&1)
  local status=$?
  if [ -z "$2" ] && [ $status -ne 0 ] || [ -n "$2" ] && { [ $status -eq 0 ] || [[ $said != *"$2"* ]]; }; then
    printf 'not as expected: %s\n%s\n' "$1" "$said"
    failed=1
  fi
}

compiler=("$@")
try "what is meant" "" 'client.get("k", [](const Reply &) {}); Reply r = co_await client.get("k"); (void)r; blocking(client.get("k"));'
try "a callback of something else" "callback takes one argument: const tenon::Reply &" 'client.get("k", [](int, char) {});'
try "no callback at all" "callback takes one argument: const tenon::Reply &" 'client.get("k", 5);'
try "a callback that wants to change the reply" "callback takes one argument: const tenon::Reply &" 'client.get("k", [](Reply &) {});'
try "an HTTP reply for an operation" "callback takes one argument: const tenon::Reply &" 'client.get("k", [](const HttpReply &) {});'
try "what can only be moved" "" 'client.get("k", [p = std::make_unique<int>(1)](const Reply &) {});'
try "nobody awaits HTTP" "nothing is scheduled before it is awaited" 'client.http({.path = "/"});'
try "a stop token nobody awaits with" "nothing is scheduled before it is awaited" 'client.noop().until({});'
try "nobody awaits it" "nothing is scheduled before it is awaited" 'client.get("k");'
try "awaited later" "co_await the call itself" 'auto later = client.get("k"); co_await later;'
try "waited for later" "give it the call itself" 'auto later = client.get("k"); blocking(later);'
try "values" "" 'std::string s; std::vector<std::byte> b; client.set("k", "v", {}); co_await client.set("k", s); blocking(client.set("k", b));'
try "a value of something else" "a value is text, or bytes" 'client.set("k", 5, [](const Reply &) {});'
try "waited for with a callback" "give it an operation without a callback" 'blocking(client.get("k", [](const Reply &) {}));'
try "an io that is gone at once" "the io has to outlive its clients" 'Client other(io::load(), {});'
try "an io that stays" "" 'const io there = io::load(); Client other(there, {});'
try "a batch of something else" "a batch is a function that takes a tenon::Client &" 'client.batch([](int) {});'
exit $failed

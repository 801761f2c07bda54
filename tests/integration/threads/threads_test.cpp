// SPDX-License-Identifier: Apache-2.0
// Instances share nothing: clients on two threads, each on a loop of its own, do not know of one another. Meant to be
// run under ThreadSanitizer as well.
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <tenon/tenon.hpp>

#include "bench/load.hpp"
#include "tests/support/devcluster_child.hpp"

namespace {

/// The plugins of this build, from the environment.
std::vector<std::string> plugins() {
    const char *names = std::getenv("TENON_TEST_PLUGINS");
    std::istringstream words(names != nullptr ? names : "epoll");
    std::vector<std::string> list;
    for (std::string word; words >> word;) list.push_back(word);
    return list;
}

struct Outcome {
    std::error_code error;
    std::string message;
    std::uint64_t operations = 0;
    std::uint64_t errors = 0;
};

Outcome work(const std::string &plugin, const std::string &management) {
    Outcome outcome;
    const tenon::io io = tenon::io::load(plugin);
    tenon::Options options;
    options.hosts = {management};
    tenon::Client client(io, options);
    tenon::bench::Load load(client, {.items = 200, .batch = 50, .cycles = 40});
    outcome.error = client.connect();
    if (!outcome.error) outcome.error = client.wait();
    if (!outcome.error) outcome.error = load.prefill();
    if (!outcome.error) outcome.error = load.run();
    outcome.message = client.error_message();
    outcome.operations = load.operations();
    outcome.errors = load.errors();
    return outcome;
}

}  // namespace

TEST_CASE("two instances work on two threads at once, on each pair of plugins") {
    const tenon::test::DevclusterChild cluster({"--nodes", "2"});
    const std::vector<std::string> names = plugins();
    REQUIRE_FALSE(names.empty());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string &first = names[i];
        for (const std::string &second : {first, names[(i + 1) % names.size()]}) {
            CAPTURE(first);
            CAPTURE(second);
            Outcome here;
            Outcome there;
            std::thread thread([&] { there = work(second, cluster.management()); });
            here = work(first, cluster.management());
            thread.join();
            for (const Outcome *outcome : {&here, &there}) {
                CHECK_MESSAGE(!outcome->error, outcome->message);
                CHECK(outcome->operations == 2000);
                CHECK(outcome->errors == 0);
            }
        }
    }
}

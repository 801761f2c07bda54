// SPDX-License-Identifier: Apache-2.0
#include "topology/ketama.hpp"

#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include <doctest/doctest.h>

#include "../../support/allocation_count.hpp"

namespace tenon::topology {
namespace {

std::vector<Server> servers(const std::string &prefix, int count, int port, int port_step) {
    std::vector<Server> made;
    for (int i = 0; i < count; ++i)
        made.push_back({prefix + (prefix.back() == '.' ? std::to_string(i + 1) : ""),
                        static_cast<std::uint16_t>(port + i * port_step), 0});
    return made;
}

Ketama ring_of(const std::vector<Server> &servers, KetamaNames names = KetamaNames::host_port) {
    return Ketama(servers, names);
}

std::vector<int> look_up(const Ketama &ring, int keys) {
    std::vector<int> found;
    for (int i = 0; i < keys; ++i) found.push_back(ring.server_of("key-" + std::to_string(i)));
    return found;
}

}  // namespace

TEST_CASE("ketama: what spymemcached's and libketama's tests say of 127.0.0.1:10000 and up") {
    const Ketama four = ring_of(servers("127.0.0.1", 4, 10000, 1));
    CHECK(four.size() == 4 * 160);
    CHECK(four.server_of("dustin") == 0);
    CHECK(four.server_of("noelani") == 2);
    CHECK(four.server_of("some other key") == 0);
    // past the last point, which is 4294887009
    CHECK(four.server_of("V5XS8C8N") == 3);
    CHECK(four.server_of("8KR2DKR2") == 3);
    CHECK(four.server_of("L9KH6X4X") == 3);

    const Ketama five = ring_of(servers("127.0.0.1", 5, 10000, 1));
    CHECK(five.server_of("dustin") == 0);
    CHECK(five.server_of("noelani") == 2);
    CHECK(five.server_of("some other key") == 4);
    CHECK(five.server_of("36") == 2);
    CHECK(five.server_of("10037") == 3);
    CHECK(five.server_of("22051") == 1);
    CHECK(five.server_of("49044") == 4);
}

TEST_CASE("ketama: eight servers on the default port, by their whole names") {
    const Ketama ring = ring_of(servers("10.0.1.", 8, 11211, 0));
    const std::pair<const char *, int> expected[] = {{"0", 1},    {"233", 7},  {"466", 3},   {"699", 1},    {"932", 6},
                                                     {"1165", 2}, {"1864", 5}, {"3728", 8},  {"3961", 4},   {"17941", 2},
                                                     {"28892", 7}, {"49629", 1}, {"61046", 6}, {"94132", 2}, {"126985", 7}};
    for (const auto &[key, server] : expected) {
        CAPTURE(key);
        CHECK(ring.server_of(key) == server - 1);
    }
}

TEST_CASE("ketama: libmemcached's names, as libmemcached 1.1.4 answers with KETAMA_WEIGHTED") {
    const std::vector<Server> mixed = {
        {"10.0.1.1", 11211, 0}, {"10.0.1.2", 11211, 0}, {"10.0.1.3", 11212, 0}, {"10.0.1.4", 11211, 0}};
    CHECK(look_up(ring_of(mixed, KetamaNames::libmemcached), 16) ==
          std::vector{1, 2, 0, 3, 3, 1, 3, 3, 2, 1, 0, 2, 2, 1, 2, 1});
    CHECK(look_up(ring_of(mixed, KetamaNames::host_port), 16) ==
          std::vector{1, 1, 1, 2, 2, 2, 2, 2, 3, 1, 0, 3, 0, 2, 1, 1});
    // It gives each of 25 servers 156 points, not 160.
    const Ketama many = ring_of(servers("10.0.2.", 25, 11211, 0), KetamaNames::libmemcached);
    CHECK(many.size() == 25 * 156);
    CHECK(look_up(many, 20) == std::vector{13, 15, 2, 4, 6, 21, 21, 22, 9, 18, 5, 1, 21, 16, 4, 17, 6, 10, 1, 0});
}

TEST_CASE("ketama: the same server as the libmemcached of this machine, for 1 to 60 servers") {
    void *library = dlopen("libmemcached.so.11", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        MESSAGE("skipped: no libmemcached here");
        return;
    }
    constexpr int kKetamaWeighted = 16;
    const auto create = reinterpret_cast<void *(*)(void *)>(dlsym(library, "memcached_create"));
    const auto release = reinterpret_cast<void (*)(void *)>(dlsym(library, "memcached_free"));
    const auto set = reinterpret_cast<int (*)(void *, int, std::uint64_t)>(dlsym(library, "memcached_behavior_set"));
    const auto add = reinterpret_cast<int (*)(void *, const char *, std::uint16_t)>(dlsym(library, "memcached_server_add"));
    const auto hash =
        reinterpret_cast<std::uint32_t (*)(void *, const char *, std::size_t)>(dlsym(library, "memcached_generate_hash"));
    REQUIRE((create && release && set && add && hash));
    int differences = 0;
    for (int count = 1; count <= 60; ++count) {
        std::vector<Server> servers;
        void *peer = create(nullptr);
        REQUIRE(set(peer, kKetamaWeighted, 1) == 0);
        for (int i = 0; i < count; ++i) {
            const Server server{"10.1.0." + std::to_string(i), static_cast<std::uint16_t>(i % 3 == 0 ? 11212 : 11211), 0};
            REQUIRE(add(peer, server.host.c_str(), server.data_port) == 0);
            servers.push_back(server);
        }
        const Ketama ring = ring_of(servers, KetamaNames::libmemcached);
        for (int i = 0; i < 300; ++i) {
            const std::string key = "a:key:" + std::to_string(i * 7919);
            differences += ring.server_of(key) != static_cast<int>(hash(peer, key.data(), key.size()));
        }
        release(peer);
    }
    CHECK(differences == 0);
    dlclose(library);
}

TEST_CASE("ketama: a server that goes takes only its own keys along") {
    std::vector<Server> all = servers("10.0.0.", 10, 11211, 0);
    const Ketama before = ring_of(all);
    all.erase(all.begin() + 9);
    const Ketama after = ring_of(all);
    std::vector<int> share(10);
    int moved = 0;
    for (int i = 0; i < 2000; ++i) {
        const std::string key = "key-" + std::to_string(i);
        const int server = before.server_of(key);
        ++share[static_cast<std::size_t>(server)];
        if (server != 9 && after.server_of(key) != server) ++moved;
    }
    CHECK(moved == 0);
    for (const int keys : share) CHECK(keys > 50);
}

TEST_CASE("ketama: looking a key up allocates nothing") {
    const Ketama ring = ring_of(servers("10.0.0.", 10, 11211, 0));
    const std::string key(250, 'k');
    const std::uint64_t before = test::allocation_count();
    int sum = 0;
    for (std::size_t i = 1; i <= 250; ++i) sum += ring.server_of(std::string_view(key).substr(0, i));
    CHECK(test::allocation_count() == before);
    CHECK(sum > 0);
    CHECK(ring_of({}).server_of(key) == kNoServer);
}

}  // namespace tenon::topology

// SPDX-License-Identifier: Apache-2.0
// Each operation of the C++ face in each of its forms (callback, awaited, blocking), on the plugin that
// $TENON_IO_PLUGIN names: against devcluster, and against memcached from the distribution.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <tenon/blocking.hpp>

#include "matrix.hpp"
#ifdef TENON_HAVE_MEMCACHED
#include "../proxy/servers.hpp"
#endif

namespace {

using namespace tenon;
using namespace tenon::test;

constexpr std::uint16_t kVbuckets = 16;
constexpr unsigned kReplicas = 1;

/// Servers of one kind, and a client of them.
struct Servers {
    Client &client;
    bool memcached;

    Stand prepare(bool locked) const {
        for (const auto &one : blocking(client.flush(0))) REQUIRE_FALSE(one.error);
        const auto stored = blocking(client.set("k", as_bytes("5"), {.flags = 7}));
        REQUIRE_FALSE(stored.error);
        Stand stand{.cas = stored.cas, .vbucket = stored.vbucket};
        while (client.server(stand.owner) != stored.server) ++stand.owner;
        if (memcached) return stand;
        const unsigned all = kReplicas + 1;
        REQUIRE_FALSE(blocking(client.durability("k", {.persist_to = all, .replicate_to = kReplicas})).error);
        if (locked) stand.cas = blocking(client.get_and_lock("k", 10)).cas;
        return stand;
    }

    std::size_t count(Replies replies) const {
        switch (replies) {
        case Replies::servers: return client.server_count();
        case Replies::copies: return kReplicas + 1;
        case Replies::replicas: return kReplicas;
        default: return 1;
        }
    }

    void judge(const Row &row, const Outcomes &outcomes) const {
        REQUIRE_FALSE(outcomes.empty());
        const std::error_code wanted = memcached ? row.memcached : std::error_code();
        for (const Outcome &one : outcomes) {
            CHECK(one.error == wanted);
            if (!one.error && !row.value.empty()) CHECK(one.value == row.value);
            CHECK(one.last == (&one == &outcomes.back()));
        }
        if (wanted) return;
        if (row.replies == Replies::many) CHECK(outcomes.size() > 1);
        else CHECK(outcomes.size() == count(row.replies));
    }

    Outcomes call(const Row &row, const Stand &stand) const {
        Outcomes outcomes;
        const auto keep = [&](const Reply &reply) { outcomes.emplace_back(reply); };
        const std::error_code refused = row.call(client, stand, keep);
        CHECK(outcomes.empty());  // never inside the call
        if (refused) {
            Reply reply;
            reply.error = refused;
            return {Outcome(reply)};
        }
        REQUIRE_FALSE(client.wait());
        return outcomes;
    }

    Outcomes await(const Row &row, const Stand &stand) const {
        Outcomes outcomes;
        row.await(client, stand, outcomes);
        REQUIRE_FALSE(client.wait());
        return outcomes;
    }

    void run(const Row &row) const {
        const bool refused = memcached && row.memcached;
        const std::string item = refused ? "5" : row.item;
        const auto here = [&](const auto &form) {
            const Stand stand = prepare(row.locked && !refused);
            if (row.before && !refused) row.before(client, stand);
            judge(row, form(stand));
            if (row.after && !refused) row.after(client, stand);
            const auto left = blocking(client.get("k"));
            CHECK(left.error == (item.empty() ? make_error_code(errc::not_found) : std::error_code()));
            if (!item.empty()) CHECK(left.text() == item);
        };
        here([&](const Stand &stand) { return call(row, stand); });
        here([&](const Stand &stand) { return await(row, stand); });
        here([&](const Stand &stand) { return row.block(client, stand); });
    }

    void run_all() const {
        for (const Row &row : operations()) {
            CAPTURE(row.name);
            run(row);
        }
    }
};

// Views are not among them: neither of the servers here has any (view_test.cpp).
TEST_CASE("the table has every operation that the header declares, each once") {
    std::ifstream file(TENON_HPP);
    std::stringstream text;
    text << file.rdbuf();
    const std::string header = text.str();
    const std::regex declaration(R"(std::error_code (\w+)\([^;]*\b(Http)?Callback done[,)])");
    std::set<std::string> declared, listed;
    for (std::sregex_iterator at(header.begin(), header.end(), declaration), end; at != end; ++at)
        declared.insert((*at)[1]);
    std::size_t rows = 0;
    for (const Row &row : operations()) {
        listed.insert(row.name);
        ++rows;
    }
    CHECK(declared.size() > 30);
    CHECK(listed == declared);
    CHECK(rows == listed.size());
}

TEST_CASE("every operation, in every form, against devcluster") {
    Rig rig({.nodes = 3, .replicas = kReplicas, .vbuckets = kVbuckets});
    Servers{*rig.client, false}.run_all();
}

#ifdef TENON_HAVE_MEMCACHED
TEST_CASE("every operation, in every form, against memcached, which refuses what it does not know") {
    const MemcachedChild first, second;
    const io io = io::load();
    const auto client = memcached_client(io, {first.address(), second.address()});
    Servers{*client, true}.run_all();
}
#endif

}  // namespace

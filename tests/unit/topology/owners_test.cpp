// SPDX-License-Identifier: Apache-2.0
#include "topology/owners.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tenon::topology {
namespace {

/// Two vBuckets over `servers` servers: the first is owned by server 0, the second by nobody.
Owners owners_of(int servers, const std::string &forward = {}) {
    std::string json = R"({"name":"b","vBucketServerMap":{"serverList":[)";
    for (int i = 0; i < servers; ++i) json += (i != 0 ? ",\"s" : "\"s") + std::to_string(i) + ":1\"";
    json += R"(],"vBucketMap":[[0],[-1]])";
    if (!forward.empty()) json += R"(,"vBucketMapForward":)" + forward;
    ClusterMap::Parsed parsed = ClusterMap::parse(json + "}}", "asked");
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    return Owners(parsed.map);
}

/// Whom a round asks, in order, when all refuse.
std::vector<int> round_of(Owners &owners) {
    std::vector<int> asked;
    for (int at = owners.of(0); at != kNoServer && asked.size() < 100'000; at = owners.found_incorrect_master(0, at))
        asked.push_back(at);
    return asked;
}

}  // namespace

TEST_CASE("without a refusal it is the map's owner") {
    const Owners owners = owners_of(3);
    CHECK(owners.of(0) == 0);
    CHECK(owners.of(1) == kNoServer);
}

TEST_CASE("all are asked in turn, then the vBucket rests until the next round") {
    Owners owners = owners_of(3);
    CHECK(round_of(owners) == std::vector{0, 1, 2});
    CHECK(owners.of(0) == 0);
    CHECK(owners.found_incorrect_master(0, 0) == kNoServer);
    CHECK(owners.found_incorrect_master(0, 2) == kNoServer);
    owners.begin_round();
    CHECK(round_of(owners) == std::vector{0, 1, 2});
}

TEST_CASE("one server that refuses is asked once a round") {
    Owners owners = owners_of(1);
    CHECK(round_of(owners) == std::vector{0});
    owners.begin_round();
    CHECK(round_of(owners) == std::vector{0});
}

TEST_CASE("a reply from a server that is no longer the guess does not advance it") {
    Owners owners = owners_of(3);
    CHECK(owners.found_incorrect_master(0, 0) == 1);
    CHECK(owners.found_incorrect_master(0, 0) == 1);
    CHECK(owners.found_incorrect_master(0, 2) == 1);
    CHECK(owners.found_incorrect_master(0, kNoServer) == 1);
    CHECK(owners.of(0) == 1);
    CHECK(owners.found_incorrect_master(0, 1) == 2);
}

TEST_CASE("the fast-forward owner is asked first, and nobody twice") {
    Owners owners = owners_of(5, "[[3],[2]]");
    CHECK(round_of(owners) == std::vector{0, 3, 2, 1, 4});
    Owners same = owners_of(3, "[[0],[0]]");
    CHECK(round_of(same) == std::vector{0, 1, 2});
    Owners none = owners_of(3, "[[-1],[0]]");
    CHECK(round_of(none) == std::vector{0, 1, 2});
}

TEST_CASE("who answered is asked from then on, and begins the next round") {
    Owners owners = owners_of(4);
    owners.found_incorrect_master(0, 0);
    owners.found_incorrect_master(0, 1);
    owners.found(0, 2);
    CHECK(owners.of(0) == 2);
    CHECK(owners.found_incorrect_master(0, 0) == 2);
    CHECK(round_of(owners) == std::vector{2, 3, 0, 1});

    owners.begin_round();
    owners.found_incorrect_master(0, 2);
    owners.found(0, 0);  // a late answer
    CHECK(round_of(owners) == std::vector{0, 1, 2, 3});
}

TEST_CASE("who answers while the vBucket rests ends the rest") {
    Owners owners = owners_of(2);
    round_of(owners);
    owners.found(0, 1);
    CHECK(owners.of(0) == 1);
    CHECK(owners.found_incorrect_master(0, 1) == 0);
}

TEST_CASE("a hint is followed, and the turn goes on where it was if the hint was wrong") {
    Owners owners = owners_of(4);
    CHECK(owners.found_incorrect_master(0, 0, 2) == 2);
    CHECK(owners.of(0) == 2);
    CHECK(owners.found_incorrect_master(0, 0, 3) == 2);  // from a server that is not the guess
    CHECK(owners.found_incorrect_master(0, 2) == 1);
    CHECK(owners.found_incorrect_master(0, 1, kNoServer) == 2);
    CHECK(owners.found_incorrect_master(0, 2, 2) == 3);  // names itself
    CHECK(owners.found_incorrect_master(0, 3) == kNoServer);
    CHECK(owners.of(0) == 0);
    CHECK(owners.found_incorrect_master(0, 0, 1) == kNoServer);
}

TEST_CASE("servers that name each other for ever end the round too") {
    Owners owners = owners_of(3);
    int asked = 0;
    for (int at = 0; at != kNoServer; at = owners.found_incorrect_master(0, at, at == 0 ? 1 : 0)) REQUIRE(++asked < 100);
    CHECK(asked == 6);
}

TEST_CASE("what nobody owns is not guessed, but may be found") {
    Owners owners = owners_of(3);
    CHECK(owners.found_incorrect_master(1, 0) == kNoServer);
    CHECK(owners.of(1) == kNoServer);
    owners.found(1, 2);
    CHECK(owners.of(1) == 2);
}

TEST_CASE("more servers than a byte counts") {
    Owners owners = owners_of(1000, "[[999],[0]]");
    std::vector<int> asked = round_of(owners);
    REQUIRE(asked.size() == 1000);
    CHECK(asked[1] == 999);
    std::sort(asked.begin(), asked.end());
    CHECK(std::unique(asked.begin(), asked.end()) == asked.end());
}

}  // namespace tenon::topology

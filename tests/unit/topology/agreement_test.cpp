// SPDX-License-Identifier: Apache-2.0
#include "topology/agreement.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tenon::topology {
namespace {

using Map = std::shared_ptr<const ClusterMap>;

Map map(const std::string &identity, const std::string &servers, const std::string &owners, const char *name = "b") {
    const ClusterMap::Parsed parsed =
        ClusterMap::parse(R"({"name":")" + std::string(name) + "\"," + identity +
                              R"("vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,"serverList":[)" + servers +
                              R"(],"vBucketMap":)" + owners + "}}",
                          "asked");
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    return parsed.map;
}

/// What one host may do.
enum What { failing, silent, old_a, new_a, contradicting_a, other_uuid, plain, plain_reordered, other_plain, kinds };

const Map &said(What what) {
    static const std::map<What, Map> maps = {
        {old_a, map(R"("uuid":"a","rev":5,)", R"("x:1","y:1")", "[[0],[0]]")},
        {new_a, map(R"("uuid":"a","rev":6,)", R"("x:1","y:1")", "[[0],[1]]")},
        {contradicting_a, map(R"("uuid":"a","rev":6,)", R"("x:1","y:1")", "[[1],[0]]")},
        {other_uuid, map(R"("uuid":"b","rev":9,)", R"("x:1","y:1")", "[[0],[1]]")},
        {plain, map("", R"("x:1","y:1")", "[[0],[1]]")},
        {plain_reordered, map("", R"("y:1","x:1")", "[[1],[0]]")},
        {other_plain, map("", R"("x:1","y:1")", "[[1],[0]]")},
    };
    return maps.at(what);
}

Verdict verdict_of(const std::vector<What> &hosts, std::vector<Voice> *said_by = nullptr) {
    std::vector<Voice> voices;
    for (std::size_t i = 0; i < hosts.size(); ++i)
        if (hosts[i] >= old_a) voices.push_back({"h" + std::to_string(i), said(hosts[i])});
    const auto open = static_cast<std::size_t>(std::count(hosts.begin(), hosts.end(), silent));
    if (said_by != nullptr) *said_by = voices;
    return agree(voices, hosts.size(), open);
}

/// Which of the answers given stand on one side.
std::vector<std::multiset<What>> expected_sides(const std::vector<What> &hosts) {
    const auto has = [&](What what) { return std::find(hosts.begin(), hosts.end(), what) != hosts.end(); };
    const bool contradiction = has(new_a) && has(contradicting_a);
    std::map<int, std::multiset<What>> sides;
    for (const What host : hosts) {
        if (host < old_a) continue;
        const bool one_bucket = host <= contradicting_a && !contradiction;
        const int side = one_bucket ? old_a : host == plain_reordered ? plain : host;
        sides[side].insert(host);
    }
    std::vector<std::multiset<What>> result;
    for (auto &[key, side] : sides) result.push_back(side);
    std::sort(result.begin(), result.end());
    return result;
}

void check_case(const std::vector<What> &hosts) {
    std::vector<Voice> voices;
    const Verdict verdict = verdict_of(hosts, &voices);
    std::vector<What> spoken;
    for (const What host : hosts)
        if (host >= old_a) spoken.push_back(host);

    std::vector<std::multiset<What>> sides;
    std::size_t most = 0, before = hosts.size();
    for (const Side &side : verdict.sides) {
        std::multiset<What> members;
        for (const std::size_t i : side.voices) members.insert(spoken.at(i));
        sides.push_back(members);
        most = std::max(most, side.voices.size());
        REQUIRE(side.voices.size() <= before);
        before = side.voices.size();
        REQUIRE(std::is_sorted(side.voices.begin(), side.voices.end()));
        // Its newest map speaks.
        const What speaker = spoken.at(side.speaker);
        REQUIRE(members.count(speaker) > 0);
        if (speaker == old_a) REQUIRE(members.count(old_a) == members.size());
    }
    std::sort(sides.begin(), sides.end());
    REQUIRE(sides == expected_sides(hosts));

    const bool open = std::find(hosts.begin(), hosts.end(), silent) != hosts.end();
    Outcome expected = Outcome::undecided;
    if (most * 2 > hosts.size()) expected = Outcome::agreed;
    else if (!open) expected = sides.empty() ? Outcome::nothing : sides.size() == 1 ? Outcome::agreed : Outcome::split;
    REQUIRE(verdict.outcome == expected);
}

}  // namespace

TEST_CASE("every combination of answers of one to five hosts") {
    std::size_t cases = 0;
    for (std::size_t count = 1; count <= 5; ++count) {
        std::vector<What> hosts(count, failing);
        for (;;) {
            check_case(hosts);
            ++cases;
            std::size_t digit = 0;
            while (digit < count && hosts[digit] == kinds - 1) hosts[digit++] = failing;
            if (digit == count) break;
            hosts[digit] = static_cast<What>(hosts[digit] + 1);
        }
    }
    CHECK(cases == 9 + 81 + 729 + 6561 + 59049);
}

TEST_CASE("more than half of the hosts asked decide, whatever the others say") {
    CHECK(verdict_of({plain}).outcome == Outcome::agreed);
    CHECK(verdict_of({plain, plain, silent}).outcome == Outcome::agreed);
    CHECK(verdict_of({plain, other_plain, plain}).outcome == Outcome::agreed);
    CHECK(verdict_of({plain, other_plain, silent}).outcome == Outcome::undecided);
    CHECK(verdict_of({plain, silent, silent}).outcome == Outcome::undecided);
    CHECK(verdict_of({plain, plain, silent, silent}).outcome == Outcome::undecided);
    CHECK(verdict_of({plain, failing, failing}).outcome == Outcome::agreed);
    CHECK(verdict_of({plain, other_uuid, plain, other_plain, plain_reordered}).outcome == Outcome::agreed);
    CHECK(verdict_of({failing, failing}).outcome == Outcome::nothing);
}

TEST_CASE("anything else is a split") {
    CHECK(verdict_of({plain, other_plain}).outcome == Outcome::split);
    CHECK(verdict_of({plain, other_plain, failing}).outcome == Outcome::split);
    CHECK(verdict_of({plain, other_plain, other_uuid}).outcome == Outcome::split);
    CHECK(verdict_of({plain, plain, other_plain, other_uuid}).outcome == Outcome::split);
    CHECK(verdict_of({plain, plain, other_plain, other_plain}).outcome == Outcome::split);
    CHECK(verdict_of({plain, plain, failing, failing, other_uuid}).outcome == Outcome::split);
    CHECK(verdict_of({new_a, contradicting_a}).outcome == Outcome::split);
    CHECK(verdict_of({new_a, contradicting_a, old_a}).outcome == Outcome::split);
}

TEST_CASE("old and new of one bucket are one side, and the newest speaks") {
    std::vector<Voice> voices;
    const Verdict verdict = verdict_of({old_a, other_uuid, old_a, new_a}, &voices);
    CHECK(verdict.outcome == Outcome::agreed);
    REQUIRE(verdict.sides.size() == 2);
    CHECK(verdict.sides[0].voices == std::vector<std::size_t>{0, 2, 3});
    CHECK(verdict.sides[0].speaker == 3);
    CHECK(verdict.sides[1].speaker == 1);
    CHECK(voices[verdict.sides[0].speaker].map->rev() == 6);
}

TEST_CASE("another bucket's name, a missing uuid, or a missing revision is another side unless all else is the same") {
    const Map a = map(R"("uuid":"u",)", R"("x:1")", "[[0]]"), without = map("", R"("x:1")", "[[0]]");
    const Map elsewhere = map(R"("uuid":"u",)", R"("z:1")", "[[0]]"), named = map(R"("uuid":"u",)", R"("x:1")", "[[0]]", "c");
    const auto outcome = [](const Map &one, const Map &two) {
        const std::vector<Voice> voices = {{"h1", one}, {"h2", two}};
        return agree(voices, 2, 0).outcome;
    };
    CHECK(outcome(a, a) == Outcome::agreed);
    CHECK(outcome(a, map(R"("uuid":"u",)", R"("x:1")", "[[0]]")) == Outcome::agreed);
    CHECK(outcome(a, map(R"("uuid":"u","rev":3,)", R"("x:1")", "[[0]]")) == Outcome::agreed);
    CHECK(outcome(elsewhere, map(R"("uuid":"u","rev":3,)", R"("x:1")", "[[0]]")) == Outcome::split);
    CHECK(outcome(a, without) == Outcome::split);
    CHECK(outcome(a, elsewhere) == Outcome::split);
    CHECK(outcome(a, named) == Outcome::split);
}

TEST_CASE("an epoch counts before the revision") {
    const std::vector<Voice> voices = {{"h1", map(R"("uuid":"u","rev":900,"revEpoch":1,)", R"("x:1")", "[[0]]")},
                                       {"h2", map(R"("uuid":"u","rev":2,"revEpoch":2,)", R"("z:1")", "[[0]]")}};
    const Verdict verdict = agree(voices, 2, 0);
    CHECK(verdict.outcome == Outcome::agreed);
    REQUIRE(verdict.sides.size() == 1);
    CHECK(verdict.sides[0].speaker == 1);
}

TEST_CASE("sides are named with hosts, bucket, revision and servers, but never at any length") {
    std::vector<Voice> voices;
    const Verdict verdict = verdict_of({old_a, plain, new_a}, &voices);
    CHECK(describe(verdict.sides, voices) ==
          "h0 and h2 say bucket \"b\", uuid a, revision 6, servers x:1, y:1; h1 says bucket \"b\", servers x:1, y:1");

    std::string servers, owners;
    for (int i = 0; i < 100; ++i) servers += (i == 0 ? "\"s" : ",\"s") + std::to_string(i) + ":1\"";
    const Map wide = map(R"("uuid":"\u001b[2J","rev":1,"revEpoch":4,)", servers, "[[0]]");
    std::vector<Voice> many;
    for (int i = 0; i < 50; ++i) many.push_back({"host" + std::to_string(i), wide});
    const Verdict all = agree(many, many.size(), 0);
    REQUIRE(all.sides.size() == 1);
    const std::string text = describe(all.sides[0], many);
    CHECK(text.size() < 400);
    CHECK(text.find("host7 and 42 more say bucket \"b\", uuid ?[2J, revision 1 of epoch 4, servers s0:1, s1:1") != text.npos);
    CHECK(text.find("s7:1 and 92 more") != text.npos);
}

}  // namespace tenon::topology

// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <tenon/errc.hpp>

#include "commands.hpp"
#include "outcome.hpp"
#include "stats_merge.hpp"

namespace {

using namespace tenon;
using namespace tenon::proxy;
using wire::Opcode;
using wire::Status;
using Statistic = StatsMerge::Statistic;

TEST_CASE("counts are added up, properties are the first server's") {
    StatsMerge merge("");
    const std::vector<Statistic> first = {
        {"pid", "12"}, {"curr_items", "3"}, {"version", "1.6.18"}, {"rusage_user", "0.25"}};
    const std::vector<Statistic> second = {
        {"curr_items", "4"}, {"pid", "13"}, {"version", "1.6.19"}, {"rusage_user", "0.5"}, {"other", "1"}};
    for (const auto &server : {first, second})
        for (const auto &[name, value] : server) merge.add(name, value);
    const std::vector<Statistic> expected = {
        {"pid", "12"}, {"curr_items", "7"}, {"version", "1.6.18"}, {"rusage_user", "0.25"}, {"other", "1"}};
    CHECK(merge.result() == expected);
}

TEST_CASE("statistics of slabs and settings") {
    StatsMerge items("items");
    items.add("items:1:number", "5");
    items.add("items:1:age", "100");
    items.add("items:1:number", "6");
    items.add("items:1:age", "50");
    CHECK(items.result() == std::vector<Statistic>{{"items:1:number", "11"}, {"items:1:age", "100"}});

    StatsMerge settings("settings");
    settings.add("maxbytes", "67108864");
    settings.add("maxbytes", "67108864");
    CHECK(settings.result() == std::vector<Statistic>{{"maxbytes", "67108864"}});
}

TEST_CASE("the reasons of the client's own become statuses that memcached clients know") {
    CHECK(outcome_of(std::error_code()).status == Status::ok);
    CHECK(outcome_of(make_error_code(errc::would_exceed_limits)).status == Status::out_of_memory);
    for (const errc reason : {errc::timeout, errc::network, errc::no_server, errc::connect, errc::not_connected})
        CHECK(outcome_of(make_error_code(reason)).status == Status::temporary_failure);
    CHECK(outcome_of(make_error_code(errc::value_size)).status == Status::too_big);
    CHECK(outcome_of(make_error_code(errc::protocol)).status == Status::internal_error);

    Reply lost;
    lost.error = errc::network;
    lost.detail = "127.0.0.1:11210: connection reset by peer (104)";
    CHECK(outcome_of(lost).status == Status::temporary_failure);
    CHECK(outcome_of(lost).text == lost.detail);
}

TEST_CASE("a server's status keeps its number") {
    Reply reply;
    reply.error = errc::not_found;
    reply.status = 0x01;
    reply.value = as_bytes("whatever the server says");
    CHECK(outcome_of(reply).status == Status::not_found);
    CHECK(outcome_of(reply).text == "Not found");
    reply.error = std::error_code(0x8f, error_category());
    reply.status = 0x8f;
    CHECK(outcome_of(reply).status == static_cast<Status>(0x8f));
    CHECK(outcome_of(reply).text == "whatever the server says");
    reply.error = errc::not_my_vbucket;
    reply.status = 0x07;
    CHECK(outcome_of(reply).status == Status::temporary_failure);
}

TEST_CASE("which commands are silent about what") {
    CHECK(is_silent(Opcode::getq, Status::not_found));
    CHECK_FALSE(is_silent(Opcode::getq, Status::ok));
    CHECK_FALSE(is_silent(Opcode::getq, Status::temporary_failure));
    CHECK_FALSE(is_silent(Opcode::get, Status::not_found));
    CHECK(is_silent(Opcode::setq, Status::ok));
    CHECK_FALSE(is_silent(Opcode::setq, Status::exists));
    CHECK_FALSE(is_silent(Opcode::removeq, Status::not_found));
    CHECK(is_silent(Opcode::quitq, Status::ok));
    CHECK_FALSE(is_silent(Opcode::noop, Status::ok));
}

}  // namespace

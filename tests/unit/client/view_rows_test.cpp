// SPDX-License-Identifier: Apache-2.0
// Rows of a view's answer, however it is cut.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "client/view_rows.hpp"

namespace {

using tenon::client::ViewRows;

/// What came of an answer.
struct Read {
    std::vector<std::string> rows;  // id|key|value|geometry
    std::string rest;
    bool broken = false;
};

Read read(std::string_view answer, std::size_t piece, bool whole = false) {
    Read read;
    ViewRows rows(whole);
    const auto take = [&] {
        while (const auto row = rows.next())
            read.rows.push_back(whole ? std::string(row->json)
                                      : row->id.value_or("-") + "|" + std::string(row->key) + "|" +
                                            std::string(row->value) + "|" + std::string(row->geometry));
    };
    for (std::size_t at = 0; at < answer.size(); at += piece) {
        rows.feed(answer.substr(at, piece));
        take();
    }
    rows.end();
    take();
    read.broken = rows.broken();
    read.rest = rows.rest();
    return read;
}

constexpr std::string_view kAnswer =
    "{\"total_rows\":4, \"rows\" : [\r\n"
    "{\"id\":\"one\",\"key\":[1,\"]\"],\"value\":{\"id\":\"inner\",\"rows\":[3]}},\r\n"
    "{\"key\" : null , \"value\" :  -1.5e3 },"
    "{\"id\":\"t\\u00e9\\\"\\\\\",\"key\":\"a\\\"}\",\"value\":\"\",\"extra\":true},"
    "{\"id\":\"\",\"key\":{},\"value\":true,\"geometry\":{\"type\":\"Point\",\"coordinates\":[0,1]}}\r\n"
    "],\"errors\":[{\"from\":\"x\",\"reason\":\"y\"}]}\r\n";

}  // namespace

TEST_CASE("rows are the same however the answer is cut") {
    for (std::size_t piece = 1; piece <= kAnswer.size(); ++piece) {
        const Read got = read(kAnswer, piece);
        CAPTURE(piece);
        CHECK_FALSE(got.broken);
        REQUIRE(got.rows.size() == 4);
        CHECK(got.rows[0] == "one|[1,\"]\"]|{\"id\":\"inner\",\"rows\":[3]}|");
        CHECK(got.rows[1] == "-|null|-1.5e3|");
        CHECK(got.rows[2] == "t\xc3\xa9\"\\|\"a\\\"}\"|\"\"|");
        CHECK(got.rows[3] == "|{}|true|{\"type\":\"Point\",\"coordinates\":[0,1]}");
        CHECK(got.rest == "{\"total_rows\":4, \"rows\" : [],\"errors\":[{\"from\":\"x\",\"reason\":\"y\"}]}\r\n");
    }
}

TEST_CASE("a row comes as soon as it is whole") {
    ViewRows rows(false);
    rows.feed("{\"rows\":[{\"id\":\"a\"");
    CHECK_FALSE(rows.next());
    rows.feed("}");
    const auto row = rows.next();
    REQUIRE(row);
    CHECK(row->id == "a");
    CHECK(row->key.empty());
    CHECK_FALSE(rows.next());
    CHECK_FALSE(rows.broken());
}

TEST_CASE("rows as they are") {
    const Read got = read("{\"rows\":[ {\"id\" : 1} , 17,\"text\" ]}", 3, true);
    CHECK_FALSE(got.broken);
    CHECK(got.rows == std::vector<std::string>{"{\"id\" : 1}", "17", "\"text\""});
}

TEST_CASE("an answer without rows") {
    CHECK_FALSE(read("{\"rows\":[]}", 1).broken);
    CHECK(read("{\"rows\":[]}", 1).rest == "{\"rows\":[]}");
    const Read got = read("{\"error\":\"not_found\",\"reason\":{\"rows\":[1]}}", 2);
    CHECK_FALSE(got.broken);
    CHECK(got.rows.empty());
    CHECK(got.rest == "{\"error\":\"not_found\",\"reason\":{\"rows\":[1]}}");
}

TEST_CASE("what is no answer of a view") {
    for (const std::string_view answer :
         {"", "{", "{\"rows\":[", "{\"rows\":[{\"id\":\"a\"}", "{\"rows\":[{\"id\":\"a\"}]", "{\"rows\":[{\"id\":tru}]}",
          "{\"rows\":[{\"id\":\"a\"} {\"id\":\"b\"}]}}", "{\"rows\":[}", "<html>", "{\"rows\":[\"\xff\"]}", "[1,2",
          "{\"rows\":[]}}"}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
            CAPTURE(answer);
            CAPTURE(piece);
            CHECK(read(answer, piece).broken);
        }
    }
    std::string deep = "{\"rows\":[";
    for (int i = 0; i != 300; ++i) deep += "[";
    CHECK(read(deep + "1", 100).broken);
}

TEST_CASE("numbers pass through, also those that no double holds") {
    const std::string digits(400, '7');
    const std::vector<std::string> numbers{"1e400", "-1E+0400", "1.5e-400", "0.00e1", "100", "-0", digits,
                                           "0." + digits + "e99999999999"};
    for (const std::string &number : numbers) {
        const std::string answer = "{\"total_rows\":" + number + ",\"rows\":[{\"key\":" + number + ",\"value\":[" +
                                   number + ",{\"1\":\"123\\u0031\"}]}],\"sum\":" + number + "}";
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{10'000}}) {
            CAPTURE(number);
            const Read got = read(answer, piece);
            CHECK_FALSE(got.broken);
            CHECK(got.rows == std::vector<std::string>{"-|" + number + "|[" + number + ",{\"1\":\"123\\u0031\"}]|"});
            CHECK(got.rest == "{\"total_rows\":" + number + ",\"rows\":[],\"sum\":" + number + "}");
        }
    }
    for (const std::string_view number : {"012", "00", "-", "1.", "1.e5", "1e", "1e+", "1-2", "1.2.3", "1 2", "+1"})
        CHECK_MESSAGE(read("{\"rows\":[[" + std::string(number) + "]]}", 1).broken, number);
}

TEST_CASE("nothing is kept of what follows a break") {
    ViewRows rows(false);
    rows.feed("{\"rows\":[oops");
    CHECK_FALSE(rows.next());
    REQUIRE(rows.broken());
    const std::string kept = rows.rest();
    rows.feed(",{\"id\":\"a\"}]}");
    rows.end();
    CHECK_FALSE(rows.next());
    CHECK(rows.rest() == kept);
}

TEST_CASE("a row of several hundred kilobytes among short ones") {
    const std::string text(300'000, 'x');
    const std::string answer =
        "{\"rows\":[{\"id\":\"a\",\"value\":1},{\"id\":\"b\",\"value\":\"" + text + "\"},{\"id\":\"c\",\"value\":2}]}";
    for (const std::size_t piece : {std::size_t{999}, std::size_t{65536}}) {
        const Read got = read(answer, piece);
        CHECK_FALSE(got.broken);
        REQUIRE(got.rows.size() == 3);
        CHECK(got.rows[1] == "b||\"" + text + "\"|");
        CHECK(got.rows[2] == "c||2|");
        CHECK(got.rest == "{\"rows\":[]}");
    }
}

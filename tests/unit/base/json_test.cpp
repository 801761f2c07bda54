// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace tenon::json {
namespace {

/// What was told, token by token; the same names for nlohmann's parser, so that the two can be compared.
struct Told {
    std::string text;

    void add(std::string_view what, std::string_view value = {}) {
        text += what;
        text += value;
        text += '\n';
    }
    void null() { add("null"); }
    void boolean(bool v) { add(v ? "true" : "false"); }
    void natural(std::uint64_t v) { add("+", std::to_string(v)); }
    void negative(std::int64_t v) { add("-", std::to_string(v)); }
    void fraction() { add("fraction"); }
    void string(std::string_view v) { add("string ", v); }
    void start_object() { add("{"); }
    void key(std::string_view v) { add("key ", v); }
    void end_object() { add("}"); }
    void start_array() { add("["); }
    void end_array() { add("]"); }
};

struct Peer {
    Told told;
    bool lone_surrogate = false;

    bool null() { return told.null(), true; }
    bool boolean(bool v) { return told.boolean(v), true; }
    bool number_unsigned(std::uint64_t v) { return told.natural(v), true; }
    bool number_integer(std::int64_t v) { return v == 0 ? told.natural(0) : told.negative(v), true; }
    bool number_float(double, const std::string &) { return told.fraction(), true; }
    bool binary(std::vector<std::uint8_t> &) { return true; }
    bool string(std::string &v) { return told.string(v), true; }
    bool start_object(std::size_t) { return told.start_object(), true; }
    bool key(std::string &v) { return told.key(v), true; }
    bool end_object() { return told.end_object(), true; }
    bool start_array(std::size_t) { return told.start_array(), true; }
    bool end_array() { return told.end_array(), true; }
    bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &why) {
        // RapidJSON puts a low surrogate up with, where the high one is missing; in our texts nothing follows of that.
        lone_surrogate = std::string_view(why.what()).find("surrogate") != std::string_view::npos;
        return false;
    }
};

std::string fault_of(std::string_view text) {
    Told told;
    return read(text, told);
}

std::string tokens_of(std::string_view text) {
    Told told;
    const std::string fault = read(text, told);
    CHECK(fault == "");
    return told.text;
}

/// Both take it and say the same, or neither takes it.
void compare(std::string_view text) {
    Told told;
    const std::string fault = read(text, told);
    Peer peer;
    const bool taken = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &peer);
    if (peer.lone_surrogate) return;
    const bool same = taken == fault.empty() && (!taken || told.text == peer.told.text);
    if (!same) FAIL("of ", std::string(text), ": ", fault, "; ", told.text, " instead of ", peer.told.text);
}

constexpr std::string_view kTexts[] = {
    R"({"name":"default","rev":71,"nodes":[{"hostname":"a:8091","ports":{"direct":11210}}],"x":[[0,-1],[1,2]]})",
    R"([[], {}, null, true, false, 0, -0, 12, -7, 1.5, 2e9, -3E-2, 18446744073709551615, 18446744073709551616])",
    R"(  {"a" : [ 1 , 2 , { "b" : "\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00" } ] , "c" : -9223372036854775808 } )",
    "[\"h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x98\x80\", \"\x7f\", -9223372036854775809, 10, 00]",
    "\xef\xbb\xbf[123456,1234567]",
};

}  // namespace

TEST_CASE("tokens in their order") {
    CHECK(tokens_of(R"({"a":[1,-2,3.0],"b":{"c":null}})") ==
          "{\nkey a\n[\n+1\n--2\nfraction\n]\nkey b\n{\nkey c\nnull\n}\n}\n");
    CHECK(tokens_of(" 5 ") == "+5\n");
    CHECK(tokens_of("-0") == "+0\n");
    CHECK(tokens_of("18446744073709551615") == "+18446744073709551615\n");
    CHECK(tokens_of("18446744073709551616") == "fraction\n");
    CHECK(tokens_of(R"("\u20ac\ud83d\ude00x")") == "string \xe2\x82\xac\xf0\x9f\x98\x80x\n");
}

TEST_CASE("a fault is told with its byte, and a text that is cut from one that is wrong") {
    CHECK(fault_of("") == "the JSON is cut at byte 0");
    CHECK(fault_of("  ") == "the JSON is cut at byte 2");
    CHECK(fault_of("[1,2") == "the JSON is cut at byte 4");
    CHECK(fault_of("\"\xe2\x82") == "the JSON is cut at byte 3");
    CHECK(fault_of("\"\\u12") == "the JSON is cut at byte 5");
    CHECK(fault_of("tru") == "the JSON is cut at byte 3");
    CHECK(fault_of("[1,]") == "malformed JSON at byte 4 near '[1,]'");
    CHECK(fault_of("{} x") == "malformed JSON at byte 4 near '{} x'");
    CHECK(fault_of("[01]") == "malformed JSON at byte 3 near '[01'");
    CHECK(fault_of("\"\\ud800x\"") == "malformed JSON at byte 2 near '\"\\'");
    CHECK(fault_of(std::string_view("[]\0", 3)).starts_with("malformed JSON at byte 3"));
    CHECK(fault_of(std::string(1000, ' ') + "?") == "malformed JSON at byte 1001 near '" + std::string(31, ' ') + "?'");
    for (const char *wrong : {"{\"a\" 1}", "{1:2}", "{\"a\":1,}", "[1 2]", "}", "[}", "nul!", "1.", ".5", "1.e5", "1e", "+1", "--1",
                              "\"\n\"", "\"\\x\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"", "'a'"})
        CHECK_MESSAGE(!fault_of(wrong).empty(), wrong);
}

TEST_CASE("nesting is bounded, and with it the stack") {
    CHECK(fault_of(std::string(200, '[') + std::string(200, ']')).empty());
    CHECK(fault_of(std::string(200, '[')) == "the JSON is cut at byte 200");
    CHECK(fault_of(std::string(1'000'000, '[')) == "the JSON is nested deeper than 200 at byte 201");
    std::string objects;
    for (int i = 0; i < 201; ++i) objects += "{\"a\":";
    CHECK(fault_of(objects) == "the JSON is nested deeper than 200 at byte 1001");
}

TEST_CASE("what is taken, and as what, is what nlohmann's parser takes") {
    // (To nlohmann's a 0 is the end, whatever follows; so there is none.)
    constexpr std::string_view kBytes = "{}[]:,\"\\/0123456789-+.eEtrufalsn \t\n\r\x01\x7f\x80\xbf\xc2\xe0\xed\xf0\xf4\xffudDc";
    std::mt19937 random(1);
    const auto below = [&](std::size_t count) { return random() % count; };
    for (const std::string_view text : kTexts) {
        for (std::size_t size = 0; size <= text.size(); ++size) compare(text.substr(0, size));
        for (int i = 0; i < 20'000; ++i) {
            std::string changed(text);
            for (std::size_t changes = 1 + below(3); changes != 0 && !changed.empty(); --changes) {
                const std::size_t at = below(changed.size());
                switch (below(3)) {
                case 0: changed[at] = kBytes[below(kBytes.size())]; break;
                case 1: changed.insert(at, 1, kBytes[below(kBytes.size())]); break;
                default: changed.erase(at, 1 + below(2));
                }
            }
            compare(changed);
        }
    }
}

}  // namespace tenon::json

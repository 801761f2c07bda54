// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/map_stream.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using tenon::bootstrap::MapStream;

namespace {

void drain(MapStream &stream, std::vector<std::string> &documents) {
    while (const auto document = stream.next()) documents.emplace_back(*document);
}

}  // namespace

TEST_CASE("documents are the same however the stream is cut") {
    const std::string text = "\n\n{\"a\":1}\n\n\n\n{\"b\":\n\n\n2}\n\n\n\n\n\n\n\n\n[]\n\n\n\n{\"unfinished\"\n\n\n";
    const std::vector<std::string> expected = {"{\"a\":1}", "{\"b\":\n\n\n2}", "[]"};
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            MapStream stream;
            std::vector<std::string> documents;
            stream.feed(text.substr(0, first));
            drain(stream, documents);
            stream.feed(text.substr(first, second - first));
            drain(stream, documents);
            stream.feed(text.substr(second));
            drain(stream, documents);
            REQUIRE(documents == expected);
            CHECK(stream.rest() == "{\"unfinished\"\n\n\n");
        }
    }
    MapStream bytewise;
    std::vector<std::string> documents;
    for (const char c : text) {
        bytewise.feed({&c, 1});
        drain(bytewise, documents);
    }
    CHECK(documents == expected);
}

TEST_CASE("a document has a limit, a stream has none") {
    MapStream stream(10);
    std::vector<std::string> documents;
    for (int i = 0; i < 100; ++i) {
        stream.feed("0123456789\n\n\n\n");
        drain(stream, documents);
        CHECK_FALSE(stream.too_long());
    }
    CHECK(documents.size() == 100);
    stream.feed("0123456789");
    CHECK_FALSE(stream.next());
    CHECK_FALSE(stream.too_long());
    stream.feed("x");
    CHECK_FALSE(stream.next());
    CHECK(stream.too_long());
}

// SPDX-License-Identifier: Apache-2.0
#include "net/http_response.hpp"

#include <ostream>
#include <string>

#include <doctest/doctest.h>

using namespace tenon::net;
using tenon::Error;
using tenon::errc;

namespace {

struct Reader {
    explicit Reader(std::string_view method = "GET") : parser({this, on_head, on_body, on_end}, method) {}

    static void on_head(void *self, const HttpHead &head) {
        Reader &r = *static_cast<Reader *>(self);
        ++r.heads;
        r.head = head;
        if (r.stop_at == 'h') r.parser.stop();
    }
    static void on_body(void *self, std::span<const std::byte> bytes) {
        Reader &r = *static_cast<Reader *>(self);
        CHECK_FALSE(bytes.empty());
        r.body.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        ++r.pieces;
        if (r.stop_at == 'b') r.parser.stop();
    }
    static void on_end(void *self) { ++static_cast<Reader *>(self)->ends; }

    Error feed(std::string_view text) { return parser.feed(std::as_bytes(std::span(text))); }

    HttpResponseParser parser;
    HttpHead head;
    std::string body;
    int heads = 0, ends = 0, pieces = 0;
    char stop_at = 0;
};

const std::string kChunked =
    "HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nX-Empty:\r\nTransfer-Encoding: chunked\r\n\r\n"
    "b;ext=1\r\n{\"a\":[1,2]}\r\n4\r\n\n\n\n\n\r\n0\r\nTrailer: x\r\n\r\n";

}  // namespace

TEST_CASE("a chunked response is the same however it is cut") {
    for (std::size_t first = 0; first <= kChunked.size(); ++first) {
        for (std::size_t second = first; second <= kChunked.size(); second += 7) {
            Reader r;
            CHECK_FALSE(r.feed(kChunked.substr(0, first)));
            CHECK_FALSE(r.feed(kChunked.substr(first, second - first)));
            CHECK_FALSE(r.feed(kChunked.substr(second)));
            REQUIRE(r.heads == 1);
            CHECK(r.head.status == 200);
            CHECK(r.head.status_line() == "200 Fine");
            CHECK(r.head.header("content-TYPE") == "application/json");
            CHECK(r.head.header("x-empty").empty());
            CHECK(r.head.header("trailer").empty());
            CHECK(r.head.headers.size() == 3);
            CHECK(r.body == "{\"a\":[1,2]}\n\n\n\n");
            CHECK(r.ends == 1);
        }
    }
}

TEST_CASE("the body comes as it arrives") {
    Reader r;
    r.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
    CHECK(r.body == "ab");
    r.feed("cde");
    CHECK(r.body == "abcde");
    CHECK(r.ends == 0);
    CHECK_FALSE(r.parser.end_of_file());
}

TEST_CASE("bodies by length, by end of file, and none") {
    Reader by_length;
    CHECK_FALSE(by_length.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcXYZ"));
    CHECK(by_length.body == "abc");
    CHECK(by_length.ends == 1);
    CHECK(by_length.parser.end_of_file());

    Reader by_end;
    CHECK_FALSE(by_end.feed("HTTP/1.0 200 OK\r\n\r\nabc"));
    CHECK(by_end.ends == 0);
    CHECK(by_end.parser.end_of_file());
    CHECK(by_end.body == "abc");
    CHECK(by_end.ends == 1);

    Reader none;
    CHECK_FALSE(none.feed("HTTP/1.1 204 No Content\r\n\r\n"));
    CHECK(none.ends == 1);

    Reader head("HEAD");
    CHECK_FALSE(head.feed("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n"));
    CHECK(head.ends == 1);
}

TEST_CASE("interim responses are skipped") {
    Reader r;
    CHECK_FALSE(r.feed("HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 404 Gone Fishing\r\nContent-Length: 2\r\n\r\nno"));
    CHECK(r.heads == 1);
    CHECK(r.head.status == 404);
    CHECK(r.head.headers.size() == 1);
    CHECK(r.body == "no");
    CHECK(r.ends == 1);
}

TEST_CASE("what is no HTTP is shown, escaped") {
    Reader r;
    const Error error = r.feed("SSH-2.0-OpenSSH_9.2\r\n\x01\xff\"");
    CHECK(error.code == errc::http);
    CHECK(error.message.find("\"SSH-2.0-OpenSSH_9.2\\r\\n\\x01\\xff\\\"\"") != std::string::npos);
    CHECK(r.heads == 0);

    Reader tls;
    CHECK(tls.feed(std::string_view("\x15\x03\x01\x00\x02", 5)).message.find("\\x15\\x03\\x01\\x00\\x02") != std::string::npos);
}

TEST_CASE("a broken chunk header is told") {
    Reader r;
    const Error error = r.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(error.code == errc::http);
    CHECK(error.message == "invalid character in chunk size header");
    CHECK(r.heads == 1);
}

TEST_CASE("a head has a limit") {
    const std::string lines[] = {"X-Long: " + std::string(1024, 'x') + "\r\n", "a:b\r\n"};
    for (const std::string &text : lines) {
        Reader r;
        Error error = r.feed("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 100'000 && !error; ++i) error = r.feed(text);
        CHECK(error.code == errc::http);
        CHECK(r.heads == 0);
    }
    Reader line;
    Error error = line.feed("HTTP/1.1 200 ");
    for (int i = 0; i < 100 && !error; ++i) error = line.feed(std::string(1024, 'x'));
    CHECK(error.message == "its head exceeds 64 KiB");
}

TEST_CASE("stopped in a handler, nothing more is called") {
    Reader at_head;
    at_head.stop_at = 'h';
    CHECK_FALSE(at_head.feed(kChunked));
    CHECK(at_head.pieces == 0);
    CHECK(at_head.ends == 0);

    Reader at_body;
    at_body.stop_at = 'b';
    CHECK_FALSE(at_body.feed(kChunked));
    CHECK(at_body.pieces == 1);
    CHECK(at_body.ends == 0);
    CHECK_FALSE(at_body.feed("garbage"));
}

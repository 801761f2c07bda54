// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace tenon::net;
using tenon::errc;

TEST_CASE("hosts with and without port") {
    const auto parsed = [](const char *text) {
        HostPort result;
        CHECK_FALSE(parse_host_port(text, 8091, result));
        return result;
    };
    CHECK(parsed("node") == HostPort{"node", 8091});
    CHECK(parsed("node:9000") == HostPort{"node", 9000});
    CHECK(parsed("127.0.0.1:1") == HostPort{"127.0.0.1", 1});
    CHECK(parsed("[::1]:11210") == HostPort{"::1", 11210});
    CHECK(parsed("[::1]") == HostPort{"::1", 8091});
    CHECK(parsed("fe80::1") == HostPort{"fe80::1", 8091});
    CHECK(parsed("[::1]:11210").to_string() == "[::1]:11210");
    CHECK(parsed("node:65535").to_string() == "node:65535");
}

TEST_CASE("malformed hosts are refused and named") {
    for (const char *text : {"", ":8091", "node:", "node:0", "node:65536", "node:80x", "node:-1", "[::1", "[::1]8091", "[]:80",
                             "a b", "a\r\nb", "a/b"}) {
        HostPort result{"untouched", 7};
        const tenon::Error error = parse_host_port(text, 8091, result);
        CAPTURE(text);
        CHECK(error.code == errc::invalid_option);
        CHECK(error.message.find("\"" + std::string(text) + "\"") != std::string::npos);
        CHECK(result == HostPort{"untouched", 7});
    }
}

TEST_CASE("what may be a password is in no message") {
    for (const char *text : {"http://user:secret@h/", "http://user:sec@ret@h:0/", "https://user:secret@h/"}) {
        Url result;
        const tenon::Error error = parse_url(text, 8091, result);
        CAPTURE(text);
        CHECK(error.code == errc::invalid_option);
        CHECK(error.message.find("ret") == std::string::npos);
        CHECK(error.message.find("@h") != std::string::npos);
    }
    for (const char *text : {"user:secret@h", "user:secret@h:8091", "secret@h"}) {
        HostPort result;
        const tenon::Error error = parse_host_port(text, 8091, result);
        CAPTURE(text);
        CHECK(error.code == errc::invalid_option);
        CHECK(error.message.find("secret") == std::string::npos);
    }
}

TEST_CASE("URLs") {
    const auto parsed = [](const char *text) {
        Url result;
        CHECK_FALSE(parse_url(text, 8091, result));
        return result;
    };
    CHECK(parsed("http://h:9000/pools?uuid=1") == Url{{"h", 9000}, "/pools?uuid=1"});
    CHECK(parsed("HTTP://h/") == Url{{"h", 8091}, "/"});
    CHECK(parsed("http://h") == Url{{"h", 8091}, "/"});
    CHECK(parsed("http://[::1]:8091/pools#x") == Url{{"::1", 8091}, "/pools"});
    CHECK(is_url("http://h"));
    CHECK_FALSE(is_url("h:8091"));
    for (const char *text : {"", "http://", "https://h/", "ftp://h/", "/pools", "http://user:pw@h/", "http://h:0/", "http://h:99999/",
                             "http://h /", "http://h/a b", "http:///x"}) {
        Url result;
        CAPTURE(text);
        CHECK(parse_url(text, 8091, result).code == errc::invalid_option);
    }
}

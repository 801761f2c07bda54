// SPDX-License-Identifier: Apache-2.0
#include "session/inbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tenon;
using session::Inbox;

/// A table whose recvv gives the bytes of a script, cut as the script says.
struct Script {
    tenon_io_ops table{};
    std::string bytes;
    std::size_t at = 0;
    std::mt19937 random{11};
    std::size_t longest = 1;

    Script() {
        table.cookie = this;
        table.recvv = [](tenon_io_ops *io, int, tenon_iovec *iov, size_t niov) -> ssize_t {
            Script &self = *static_cast<Script *>(io->cookie);
            std::size_t part = std::min(1 + self.random() % self.longest, self.bytes.size() - self.at);
            std::size_t given = 0;
            for (size_t i = 0; i < niov && part != 0; ++i) {
                const std::size_t n = std::min(part, iov[i].iov_len);
                std::memcpy(iov[i].iov_base, self.bytes.data() + self.at, n);
                self.at += n;
                given += n;
                part -= n;
            }
            return static_cast<ssize_t>(given);
        };
    }
};

std::string reply(std::uint32_t opaque, std::size_t value_size) {
    const std::string value(value_size, static_cast<char>('a' + opaque % 26));
    wire::Message message;
    message.magic = wire::Magic::response;
    message.opaque = opaque;
    message.value = std::as_bytes(std::span(value));
    std::string bytes(wire::encoded_size(message), '\0');
    wire::encode(message, reinterpret_cast<std::byte *>(bytes.data()));
    return bytes;
}

TEST_CASE("every cut gives the same frames, small and larger than the scratch") {
    for (const std::size_t longest : {std::size_t{1'000}, std::size_t{100'000}, std::size_t{1'000'000}}) {
        Script script;
        script.longest = longest;
        std::vector<std::size_t> sizes{0, 1, 100, 70'000, 0, 300'000, 5, 1'000'000, 64 * 1024 - 24, 64 * 1024, 131'072,
                                       200'000, 1'900'000, 3, 40'000, 300'000, 9};
        for (std::uint32_t i = 0; i < sizes.size(); ++i) script.bytes += reply(i, sizes[i]);
        std::vector<std::byte> scratch(128 * 1024);
        Inbox inbox(2'000'000);
        std::uint32_t next = 0;
        while (script.at < script.bytes.size()) {
            REQUIRE(inbox.receive(&script.table, 0, scratch) > 0);
            while (const std::byte *bytes = inbox.next()) {
                const wire::Frame frame = wire::view_frame(bytes);
                REQUIRE(frame.opaque == next);
                REQUIRE(frame.value.size() == sizes[next]);
                const auto expected = static_cast<std::byte>('a' + next % 26);
                CHECK(std::all_of(frame.value.begin(), frame.value.end(), [&](std::byte b) { return b == expected; }));
                ++next;
            }
            REQUIRE(inbox.error() == wire::FrameError::none);
            inbox.finish();
        }
        CHECK(next == sizes.size());
    }
}

TEST_CASE("byte by byte works too") {
    Script script;
    script.bytes = reply(0, 3) + reply(1, 0);
    std::vector<std::byte> scratch(128 * 1024);
    Inbox inbox(1000);
    int frames = 0;
    while (script.at < script.bytes.size()) {
        REQUIRE(inbox.receive(&script.table, 0, scratch) == 1);
        while (inbox.next() != nullptr) ++frames;
        inbox.finish();
    }
    CHECK(frames == 2);
}

TEST_CASE("a lie is told, with the frames before it delivered") {
    Script script;
    script.longest = 1'000;
    script.bytes = reply(0, 3) + "HTTP/1.1 400 Bad Request\r\n\r\n";
    std::vector<std::byte> scratch(128 * 1024);
    Inbox inbox(1000);
    int frames = 0;
    while (script.at < script.bytes.size() && inbox.error() == wire::FrameError::none) {
        inbox.receive(&script.table, 0, scratch);
        while (inbox.next() != nullptr) ++frames;
        if (inbox.error() == wire::FrameError::none) inbox.finish();
    }
    CHECK(frames == 1);
    CHECK(inbox.error() == wire::FrameError::magic);
    inbox.reset();
    CHECK(inbox.error() == wire::FrameError::none);
}

TEST_CASE("a body beyond the limit is refused before memory is taken for it") {
    Script script;
    script.longest = 100;
    script.bytes = reply(0, 2'000).substr(0, 24);
    std::vector<std::byte> scratch(128 * 1024);
    Inbox inbox(1'999);
    while (script.at < script.bytes.size()) {
        inbox.receive(&script.table, 0, scratch);
        CHECK(inbox.next() == nullptr);
        if (inbox.error() == wire::FrameError::none) inbox.finish();
    }
    CHECK(inbox.error() == wire::FrameError::body);
}

}  // namespace

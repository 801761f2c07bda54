// SPDX-License-Identifier: Apache-2.0
#include "session/frame_buffer.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <random>
#include <string>

namespace {

using namespace tenon::session;

std::byte *append(FrameBuffer &buffer, const std::string &bytes) {
    std::byte *frame = buffer.append(bytes.size());
    std::memcpy(frame, bytes.data(), bytes.size());
    return frame;
}

/// What would be sent, up to `limit` bytes, taken out of the buffer.
std::string send(FrameBuffer &buffer, std::size_t limit) {
    tenon_iovec pieces[3];
    const std::size_t count = buffer.gather(pieces);
    std::string sent;
    for (std::size_t i = 0; i < count && sent.size() < limit; ++i)
        sent.append(pieces[i].iov_base, std::min(pieces[i].iov_len, limit - sent.size()));
    buffer.consume(sent.size());
    return sent;
}

TEST_CASE("what is appended is sent, in order and once, however it is cut") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    std::mt19937 random(7);
    std::string expected, sent;
    std::deque<std::byte *> open;
    for (int i = 0; i < 3'000; ++i) {
        const std::size_t size = random() % 50 == 0 ? 20'000 + random() % 100'000 : 24 + random() % 500;
        const std::string frame(size, static_cast<char>('a' + i % 26));
        open.push_back(append(buffer, frame));
        expected += frame;
        if (random() % 3 == 0) sent += send(buffer, random() % 60'000);
        // Replies come for what was sent, in order.
        while (!open.empty() && FrameBuffer::was_sent(open.front()) && random() % 4 != 0 &&
               (open.size() < 2 || FrameBuffer::was_sent(open[1]))) {
            release_frame(open.front());
            open.pop_front();
        }
    }
    while (buffer.has_unsent()) sent += send(buffer, 1 << 20);
    CHECK((sent == expected));
    for (std::byte *frame : open) release_frame(frame);
}

TEST_CASE("a request counts as sent from its first byte on") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    std::byte *first = append(buffer, std::string(100, 'a'));
    std::byte *second = append(buffer, std::string(100, 'b'));
    CHECK_FALSE(FrameBuffer::was_sent(first));
    buffer.consume(100);
    CHECK(FrameBuffer::was_sent(first));
    CHECK_FALSE(FrameBuffer::was_sent(second));
    buffer.consume(1);
    CHECK(FrameBuffer::was_sent(second));
    release_frame(first);
    release_frame(second);
}

TEST_CASE("after a cut nothing behind it is sent, and its bytes are still there") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    std::byte *kept = append(buffer, "kept");
    std::byte *moved = append(buffer, "moved");
    std::byte *far = append(buffer, std::string(40'000, 'f'));
    buffer.cut(moved);
    std::byte *after = append(buffer, "after");
    CHECK(std::memcmp(moved, "moved", 5) == 0);
    CHECK(static_cast<char>(far[39'999]) == 'f');
    CHECK(send(buffer, 1'000) == "keptafter");
    CHECK_FALSE(buffer.has_unsent());
    for (std::byte *frame : {kept, moved, far, after}) release_frame(frame);
}

TEST_CASE("when all is answered the same memory is used again") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    std::byte *first = append(buffer, "one");
    send(buffer, 100);
    release_frame(first);
    CHECK(append(buffer, "two") == first);
    release_frame(first);
}

TEST_CASE("the memory of a large request is used again, until the pool is trimmed") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    const auto complete = [&](std::size_t size) {
        std::byte *frame = append(buffer, std::string(size, 'x'));
        while (buffer.has_unsent()) send(buffer, size);
        release_frame(append(buffer, "small"));  // the large one's chunk is no longer the last
        release_frame(frame);
        return frame;
    };
    std::byte *first = complete(100'000);
    CHECK(complete(90'000) == first);
    CHECK(complete(20'000'000) != first);  // too large to be kept
    CHECK(complete(100'000) == first);
    pool.trim();
    CHECK(*complete(100'000) == std::byte{'x'});
}

TEST_CASE("dropping leaves the bytes of what is not answered") {
    ChunkPool pool;
    FrameBuffer buffer(pool);
    std::byte *frame = append(buffer, "again");
    buffer.drop();
    CHECK_FALSE(buffer.has_unsent());
    CHECK(std::memcmp(frame, "again", 5) == 0);
    release_frame(frame);
}

}  // namespace

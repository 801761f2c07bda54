// SPDX-License-Identifier: Apache-2.0
#include "wire/frame_reader.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "bytes.hpp"

namespace tenon::wire {
namespace {

using test::Bytes;
using test::encoded;
using test::Exact;
using test::Random;

// Everything a stream of frames holds, as text to compare.
std::string note(const Frame &f) {
    return std::to_string(static_cast<int>(f.opcode)) + "/" + std::to_string(f.opaque) + "/" + std::to_string(f.cas) + "/" +
           std::string(as_text(f.extras)) + "/" + std::string(f.key) + "/" + std::string(as_text(f.value));
}

struct Stream {
    Bytes wire;
    std::vector<std::string> notes;

    void add(const Request &r) {
        const Bytes frame = encoded(r);
        wire.insert(wire.end(), frame.begin(), frame.end());
        Frame decoded;
        REQUIRE(decode_frame(frame, kDefaultMaxBody, decoded).complete(frame));
        notes.push_back(note(decoded));
    }
};

Stream random_stream(Random &random) {
    Stream stream;
    for (std::size_t n = random.below(12); n > 0; --n) {
        const Bytes value = random.bytes(random.below(10) == 0 ? random.below(200000) : random.below(100));
        const std::string key = random.text(1 + random.below(20));
        Request r = request::store(Opcode::set, key, value, 7, 9, random.engine());
        r.opaque = static_cast<std::uint32_t>(n);
        stream.add(r);
    }
    return stream;
}

}  // namespace

TEST_CASE("any cut gives the same frames") {
    Random random(3);
    for (int round = 0; round < 400; ++round) {
        const Stream stream = random_stream(random);
        FrameReader reader;
        std::vector<std::string> got;
        std::span<const std::byte> rest = stream.wire;
        // Large streams in pieces that are not tiny, or the test takes for ever.
        const std::size_t shortest = 1 + stream.wire.size() / 5000;
        while (!rest.empty()) {
            const std::size_t size = std::min(rest.size(), shortest + random.below(round % 4 == 0 ? 3 : 60000));
            const Exact piece(rest.first(size));
            rest = rest.subspan(size);
            reader.feed(piece.view());
            Frame frame;
            FrameReader::Next next;
            while ((next = reader.next(frame)) == FrameReader::Next::frame) got.push_back(note(frame));
            REQUIRE(next == FrameReader::Next::need_more);
        }
        REQUIRE(got == stream.notes);
        REQUIRE(reader.partial() == 0);
    }
}

TEST_CASE("every cut through two frames") {
    Stream stream;
    stream.add(request::get("one"));
    stream.add(request::store(Opcode::set, "two", as_bytes("value"), 1, 2));
    for (std::size_t a = 0; a <= stream.wire.size(); ++a) {
        for (std::size_t b = a; b <= stream.wire.size(); ++b) {
            const std::span<const std::byte> all = stream.wire;
            const Exact pieces[] = {Exact(all.first(a)), Exact(all.subspan(a, b - a)), Exact(all.subspan(b))};
            FrameReader reader;
            std::vector<std::string> got;
            Frame frame;
            for (const Exact &piece : pieces) {
                reader.feed(piece.view());
                while (reader.next(frame) == FrameReader::Next::frame) got.push_back(note(frame));
            }
            REQUIRE(got == stream.notes);
        }
    }
}

TEST_CASE("a lie ends it for good, with a reason") {
    Stream stream;
    stream.add(request::get("one"));
    Bytes wire = stream.wire;
    wire.insert(wire.end(), stream.wire.begin(), stream.wire.end());
    wire[stream.wire.size()] = std::byte{'G'};

    std::size_t step = wire.size();
    SUBCASE("in one piece") {}
    SUBCASE("byte by byte") { step = 1; }
    FrameReader reader;
    Frame frame;
    int frames = 0;
    FrameReader::Next next = FrameReader::Next::need_more;
    for (std::size_t at = 0; at < wire.size() && next != FrameReader::Next::error; at += step) {
        reader.feed(std::span<const std::byte>(wire).subspan(at, std::min(step, wire.size() - at)));
        while ((next = reader.next(frame)) == FrameReader::Next::frame) ++frames;
    }
    CHECK(frames == 1);
    CHECK(next == FrameReader::Next::error);
    CHECK(reader.error() == FrameError::magic);
    reader.feed(stream.wire);
    CHECK(reader.next(frame) == FrameReader::Next::error);
}

TEST_CASE("a frame announced too large is refused before its body comes") {
    Bytes wire = encoded(request::store(Opcode::set, "k", Bytes(1000), 0, 0));
    FrameReader reader(1000);
    Frame frame;
    reader.feed(std::span<const std::byte>(wire).first(kHeaderSize));
    CHECK(reader.next(frame) == FrameReader::Next::error);
    CHECK(reader.error() == FrameError::body);
}

TEST_CASE("a cut frame is told at the end") {
    const Bytes wire = encoded(request::get("key"));
    FrameReader reader;
    Frame frame;
    reader.feed(std::span<const std::byte>(wire).first(25));
    CHECK(reader.next(frame) == FrameReader::Next::need_more);
    CHECK(reader.partial() == 25);
    reader.feed(std::span<const std::byte>(wire).subspan(25));
    CHECK(reader.next(frame) == FrameReader::Next::frame);
    CHECK(frame.key == "key");
    CHECK(reader.partial() == 0);
    CHECK(reader.next(frame) == FrameReader::Next::need_more);
}

}  // namespace tenon::wire

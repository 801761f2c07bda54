// SPDX-License-Identifier: Apache-2.0
#include "wire/frame.hpp"

#include <doctest/doctest.h>

#include "bytes.hpp"
#include "wire/opcode.hpp"

namespace tenon::wire {
namespace {

using test::Bytes;
using test::encoded;
using test::Exact;
using test::Random;

constexpr std::uint32_t kLimit = 64 * 1024;
constexpr Magic kMagics[] = {Magic::request, Magic::response, Magic::server_request, Magic::server_response};

// What a frame to be encoded is made of, with its own storage.
struct Sample {
    Bytes extras, value;
    std::string key;
    Message message;

    explicit Sample(Random &random) {
        extras = random.bytes(random.below(4) == 0 ? random.below(256) : random.below(21));
        key = random.text(random.below(64) == 0 ? random.below(65536) : random.below(251));
        value = random.bytes(random.below(16) == 0 ? random.below(4096) : random.below(64));
        message = {kMagics[random.below(4)], static_cast<Opcode>(random.below(256)), static_cast<std::uint8_t>(random.below(8)),
                   static_cast<std::uint16_t>(random.engine()), static_cast<std::uint32_t>(random.engine()), random.engine(),
                   extras, key, value};
    }
    Sample(const Sample &) = delete;
};

void check_same(const Message &sent, const Frame &got) {
    REQUIRE(got.magic == sent.magic);
    REQUIRE(got.opcode == sent.opcode);
    REQUIRE(got.datatype == sent.datatype);
    REQUIRE(got.vbucket_or_status == sent.vbucket_or_status);
    REQUIRE(got.opaque == sent.opaque);
    REQUIRE(got.cas == sent.cas);
    REQUIRE(got.framing.empty());
    REQUIRE(as_text(got.extras) == as_text(sent.extras));
    REQUIRE(got.key == sent.key);
    REQUIRE(as_text(got.value) == as_text(sent.value));
}

bool inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

TEST_CASE("a frame decodes to what was encoded") {
    Random random(1);
    for (int i = 0; i < 3000; ++i) {
        const Sample sample(random);
        const Exact wire(encoded(sample.message));
        Frame frame;
        const FrameResult result = decode_frame(wire.view(), kDefaultMaxBody, frame);
        REQUIRE(result.complete(wire.view()));
        REQUIRE(result.size == wire.view().size());
        check_same(sample.message, frame);
    }
}

TEST_CASE("a frame that is not whole says how much it needs") {
    const Bytes wire = encoded(request::store(Opcode::set, "key", as_bytes("value"), 1, 2));
    Frame frame;
    for (std::size_t size = 0; size < wire.size(); ++size) {
        const Exact cut(std::span<const std::byte>(wire).first(size));
        const FrameResult result = decode_frame(cut.view(), kLimit, frame);
        CHECK(result.error == FrameError::none);
        CHECK_FALSE(result.complete(cut.view()));
        CHECK(result.size == (size < kHeaderSize ? kHeaderSize : wire.size()));
    }
}

TEST_CASE("corrupted bytes give an error or a frame that lies inside them") {
    Random random(2);
    int refused = 0, accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        Bytes wire = encoded(Sample(random).message);
        for (std::size_t n = 1 + random.below(4); n > 0; --n)
            wire[random.below(random.below(4) == 0 ? wire.size() : kHeaderSize)] = static_cast<std::byte>(random.engine());
        wire.resize(random.below(8) == 0 ? random.below(wire.size() + 1) : wire.size());
        const Exact exact(wire);
        Frame frame;
        const FrameResult result = decode_frame(exact.view(), kLimit * 2, frame);
        if (!result.complete(exact.view())) {
            ++refused;
            continue;
        }
        ++accepted;
        REQUIRE(inside(frame.framing, exact.view()));
        REQUIRE(inside(frame.extras, exact.view()));
        REQUIRE(inside(as_bytes(frame.key), exact.view()));
        REQUIRE(inside(frame.value, exact.view()));
        REQUIRE(kHeaderSize + frame.framing.size() + frame.extras.size() + frame.key.size() + frame.value.size() ==
                result.size);
    }
    // Both outcomes were really seen.
    CHECK(refused > 1000);
    CHECK(accepted > 1000);
}

TEST_CASE("lies are told apart") {
    Frame frame;
    const auto error_of = [&](const Bytes &wire, std::uint32_t limit = kLimit) {
        return decode_frame(Exact(wire).view(), limit, frame).error;
    };
    const Bytes good = encoded(request::get("key"));
    CHECK(error_of(good) == FrameError::none);

    SUBCASE("magic: seen in the first byte already") {
        CHECK(error_of(test::bytes("HTTP/1.1 400 Bad Request")) == FrameError::magic);
        CHECK(error_of(test::bytes("H")) == FrameError::magic);
    }
    SUBCASE("a body at the limit is taken, one above is not") {
        CHECK(error_of(good, 3) == FrameError::none);
        CHECK(error_of(good, 2) == FrameError::body);
    }
    SUBCASE("key longer than body") {
        Bytes bad = good;
        bad[3] = std::byte{4};
        CHECK(error_of(bad) == FrameError::lengths);
    }
    SUBCASE("extras and key longer than body") {
        Bytes bad = good;
        bad[4] = std::byte{1};
        CHECK(error_of(bad) == FrameError::lengths);
    }
    for (const FrameError e : {FrameError::magic, FrameError::body, FrameError::lengths})
        CHECK(std::string_view(describe(e)) != describe(FrameError::none));
}

TEST_CASE("framing extras of modern servers") {
    // magic 18: two bytes of framing, key length in one byte
    const Exact wire(test::bytes({0x18, 0x00, 0x02, 0x01, 0x04, 0x00, 0x00, 0x00, 0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0,
                                  0x02, 0x2a, 0xde, 0xad, 0xbe, 0xef, 'k', 'v', 'w'}));
    Frame frame;
    REQUIRE(decode_frame(wire.view(), kLimit, frame).complete(wire.view()));
    CHECK(frame.framing.size() == 2);
    CHECK(Extras32::decode(frame.extras)->number == 0xdeadbeef);
    CHECK(frame.key == "k");
    CHECK(as_text(frame.value) == "vw");
    CHECK(frame.opaque == 0x01020304);
    CHECK_FALSE(frame.is_request());
}

TEST_CASE("fields are patched in place") {
    Bytes wire = encoded(request::get("key"));
    patch_vbucket(wire.data(), 0x0102);
    patch_opaque(wire.data(), 0x03040506);
    Frame frame;
    REQUIRE(decode_frame(wire, kLimit, frame).complete(wire));
    CHECK(frame.vbucket() == 0x0102);
    CHECK(frame.opaque == 0x03040506);
    CHECK(frame.key == "key");
    CHECK(frame.is_request());
}

}  // namespace tenon::wire

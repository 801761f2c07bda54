// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "wire/bytes.hpp"
#include "wire/protocol.hpp"

namespace tenon::wire {

/// One message, as views into the bytes it was decoded from.
struct Frame {
    Magic magic{};
    Opcode opcode{};
    std::uint8_t datatype = 0;
    /// vBucket of a request, status of a response.
    std::uint16_t vbucket_or_status = 0;
    std::uint32_t opaque = 0;
    /// The eight bytes as they stand on the wire, copied, never interpreted.
    std::uint64_t cas = 0;
    std::span<const std::byte> framing;
    std::span<const std::byte> extras;
    std::string_view key;
    std::span<const std::byte> value;

    Status status() const { return static_cast<Status>(vbucket_or_status); }
    std::uint16_t vbucket() const { return vbucket_or_status; }
    bool is_request() const {
        return magic == Magic::request || magic == Magic::request_with_framing || magic == Magic::server_request;
    }
};

enum class FrameError : std::uint8_t {
    none,
    magic,    ///< the first byte starts no frame
    body,     ///< the body is longer than the limit
    lengths,  ///< framing, extras and key are longer than the body
};

/// "the body is longer than the limit" …
const char *describe(FrameError error);

/// What a look at the bytes gave: an error; or a whole frame (`size` <= what was given); or `size` bytes are needed
/// (at least; 24 until the header is there).
struct FrameResult {
    FrameError error = FrameError::none;
    std::size_t size = kHeaderSize;

    bool complete(std::span<const std::byte> bytes) const { return error == FrameError::none && size <= bytes.size(); }
};

/// Decodes the frame at the start of `bytes` in place. `frame` is filled only if the result is complete.
inline FrameResult decode_frame(std::span<const std::byte> bytes, std::uint32_t max_body, Frame &frame);

/// What a frame to be sent consists of. The spans are copied by `encode`; the fields of the header bound them: extras to
/// 255 bytes, the key to 65535, all together to 4 GiB.
struct Message {
    Magic magic = Magic::request;
    Opcode opcode{};
    std::uint8_t datatype = 0;
    std::uint16_t vbucket_or_status = 0;
    std::uint32_t opaque = 0;
    std::uint64_t cas = 0;
    std::span<const std::byte> extras = {};
    std::string_view key = {};
    std::span<const std::byte> value = {};
};

inline std::size_t encoded_size(const Message &m) {
    return kHeaderSize + m.extras.size() + m.key.size() + m.value.size();
}

/// Writes `m` to `out`, which has room for encoded_size(m). Returns the end.
inline std::byte *encode(const Message &m, std::byte *out);

/// Header and body of an encoded frame.
inline std::size_t frame_size(const std::byte *frame) {
    std::uint32_t body;
    std::memcpy(&body, frame + 8, sizeof body);
    return kHeaderSize + big_endian(body);
}

/// One field of an encoded frame (without framing extras), read in place.
inline std::uint32_t opaque_of(const std::byte *frame) {
    std::uint32_t opaque;
    std::memcpy(&opaque, frame + 12, sizeof opaque);
    return big_endian(opaque);
}
inline std::uint16_t vbucket_of(const std::byte *frame) {
    std::uint16_t vbucket;
    std::memcpy(&vbucket, frame + 6, sizeof vbucket);
    return big_endian(vbucket);
}
inline std::string_view key_of(const std::byte *frame) {
    std::uint16_t length;
    std::memcpy(&length, frame + 2, sizeof length);
    const auto extras = static_cast<std::uint8_t>(frame[4]);
    return {reinterpret_cast<const char *>(frame + kHeaderSize + extras), big_endian(length)};
}

/// Change one field of an encoded frame in place.
inline void patch_vbucket(std::byte *frame, std::uint16_t vbucket) {
    vbucket = big_endian(vbucket);
    std::memcpy(frame + 6, &vbucket, sizeof vbucket);
}
inline void patch_opaque(std::byte *frame, std::uint32_t opaque) {
    opaque = big_endian(opaque);
    std::memcpy(frame + 12, &opaque, sizeof opaque);
}

inline FrameResult decode_frame(std::span<const std::byte> bytes, std::uint32_t max_body, Frame &frame) {
    if (bytes.empty()) return {};
    const std::byte *p = bytes.data();
    const auto magic = static_cast<Magic>(p[0]);
    bool with_framing = false;
    if (magic != Magic::response) [[unlikely]] {
        with_framing = magic == Magic::request_with_framing || magic == Magic::response_with_framing;
        if (!with_framing && magic != Magic::request && magic != Magic::server_request && magic != Magic::server_response)
            return {FrameError::magic, 0};
    }
    if (bytes.size() < kHeaderSize) return {};

    std::uint16_t key_length, vbucket_or_status;
    std::uint32_t body, opaque;
    std::memcpy(&key_length, p + 2, 2);
    std::memcpy(&vbucket_or_status, p + 6, 2);
    std::memcpy(&body, p + 8, 4);
    std::memcpy(&opaque, p + 12, 4);
    body = big_endian(body);
    std::size_t framing = 0;
    std::size_t key = big_endian(key_length);
    if (with_framing) [[unlikely]] {
        framing = static_cast<std::uint8_t>(p[2]);
        key = static_cast<std::uint8_t>(p[3]);
    }
    const std::size_t extras = static_cast<std::uint8_t>(p[4]);
    if (body > max_body) return {FrameError::body, 0};
    if (framing + extras + key > body) return {FrameError::lengths, 0};
    const FrameResult result{FrameError::none, kHeaderSize + body};
    if (bytes.size() < result.size) return result;

    frame.magic = magic;
    frame.opcode = static_cast<Opcode>(p[1]);
    frame.datatype = static_cast<std::uint8_t>(p[5]);
    frame.vbucket_or_status = big_endian(vbucket_or_status);
    frame.opaque = big_endian(opaque);
    std::memcpy(&frame.cas, p + 16, 8);
    const std::byte *at = p + kHeaderSize;
    frame.framing = {at, framing};
    at += framing;
    frame.extras = {at, extras};
    at += extras;
    frame.key = {reinterpret_cast<const char *>(at), key};
    at += key;
    frame.value = {at, body - framing - extras - key};
    return result;
}

inline std::byte *encode(const Message &m, std::byte *out) {
    out[0] = static_cast<std::byte>(m.magic);
    out[1] = static_cast<std::byte>(m.opcode);
    const std::uint16_t key_length = big_endian(static_cast<std::uint16_t>(m.key.size()));
    std::memcpy(out + 2, &key_length, 2);
    out[4] = static_cast<std::byte>(m.extras.size());
    out[5] = static_cast<std::byte>(m.datatype);
    const std::uint16_t vbucket_or_status = big_endian(m.vbucket_or_status);
    std::memcpy(out + 6, &vbucket_or_status, 2);
    const std::uint32_t body =
        big_endian(static_cast<std::uint32_t>(m.extras.size() + m.key.size() + m.value.size()));
    std::memcpy(out + 8, &body, 4);
    const std::uint32_t opaque = big_endian(m.opaque);
    std::memcpy(out + 12, &opaque, 4);
    std::memcpy(out + 16, &m.cas, 8);
    std::byte *at = out + kHeaderSize;
    if (!m.extras.empty()) std::memcpy(at, m.extras.data(), m.extras.size());
    at += m.extras.size();
    if (!m.key.empty()) std::memcpy(at, m.key.data(), m.key.size());
    at += m.key.size();
    if (!m.value.empty()) std::memcpy(at, m.value.data(), m.value.size());
    return at + m.value.size();
}

}  // namespace tenon::wire

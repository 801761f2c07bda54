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

/// Looks at the header at the start of `bytes`.
inline FrameResult check_frame(std::span<const std::byte> bytes, std::uint32_t max_body);
/// The frame at `p`, which check_frame found to be whole.
inline Frame view_frame(const std::byte *p);
/// Both: decodes the frame at the start of `bytes` in place. `frame` is filled only if the result is complete.
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
inline std::size_t frame_size(const std::byte *frame) { return kHeaderSize + load<std::uint32_t>(frame + 8); }

/// Whether it is one of those that a frame begins with.
inline bool starts_frame(Magic magic) {
    switch (magic) {
    case Magic::request:
    case Magic::response:
    case Magic::request_with_framing:
    case Magic::response_with_framing:
    case Magic::server_request:
    case Magic::server_response: return true;
    }
    return false;
}
/// With framing extras two one-byte lengths stand in the key length's place.
inline bool has_framing(Magic magic) {
    return magic == Magic::request_with_framing || magic == Magic::response_with_framing;
}
inline std::size_t framing_length(const std::byte *frame) {
    return has_framing(static_cast<Magic>(frame[0])) ? static_cast<std::uint8_t>(frame[2]) : 0U;
}
inline std::size_t key_length(const std::byte *frame) {
    return has_framing(static_cast<Magic>(frame[0])) ? static_cast<std::uint8_t>(frame[3]) : load<std::uint16_t>(frame + 2);
}

/// One field of an encoded frame (without framing extras), read in place.
inline Opcode opcode_of(const std::byte *frame) { return static_cast<Opcode>(frame[1]); }
inline std::uint32_t opaque_of(const std::byte *frame) { return load<std::uint32_t>(frame + 12); }
inline std::uint16_t vbucket_of(const std::byte *frame) { return load<std::uint16_t>(frame + 6); }
inline Status status_of(const std::byte *frame) { return static_cast<Status>(load<std::uint16_t>(frame + 6)); }
inline std::string_view key_of(const std::byte *frame) {
    const auto extras = static_cast<std::uint8_t>(frame[4]);
    return {reinterpret_cast<const char *>(frame + kHeaderSize + extras), load<std::uint16_t>(frame + 2)};
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

inline FrameResult check_frame(std::span<const std::byte> bytes, std::uint32_t max_body) {
    if (bytes.size() < kHeaderSize) [[unlikely]]
        return bytes.empty() || starts_frame(static_cast<Magic>(bytes[0])) ? FrameResult{} : FrameResult{FrameError::magic, 0};
    const std::byte *p = bytes.data();
    std::size_t named = static_cast<std::uint8_t>(p[4]);  // framing, extras and key
    if (static_cast<Magic>(p[0]) == Magic::response) [[likely]] named += load<std::uint16_t>(p + 2);
    else if (starts_frame(static_cast<Magic>(p[0]))) named += framing_length(p) + key_length(p);
    else return {FrameError::magic, 0};
    const auto body = load<std::uint32_t>(p + 8);
    if (body > max_body) return {FrameError::body, 0};
    if (named > body) return {FrameError::lengths, 0};
    return {FrameError::none, kHeaderSize + body};
}

/// Into `frame`: a copy of what was just written by its parts would wait for them to arrive in memory.
inline void view_frame(const std::byte *p, Frame &frame) {
    frame.magic = static_cast<Magic>(p[0]);
    frame.opcode = static_cast<Opcode>(p[1]);
    frame.datatype = static_cast<std::uint8_t>(p[5]);
    frame.vbucket_or_status = load<std::uint16_t>(p + 6);
    frame.opaque = load<std::uint32_t>(p + 12);
    std::memcpy(&frame.cas, p + 16, 8);
    const std::byte *at = p + kHeaderSize;
    frame.framing = {at, framing_length(p)};
    at += frame.framing.size();
    frame.extras = {at, static_cast<std::uint8_t>(p[4])};
    at += frame.extras.size();
    frame.key = {reinterpret_cast<const char *>(at), key_length(p)};
    at += frame.key.size();
    frame.value = {at, p + frame_size(p)};
}
inline Frame view_frame(const std::byte *p) {
    Frame frame;
    view_frame(p, frame);
    return frame;
}

inline FrameResult decode_frame(std::span<const std::byte> bytes, std::uint32_t max_body, Frame &frame) {
    const FrameResult result = check_frame(bytes, max_body);
    if (result.complete(bytes)) view_frame(bytes.data(), frame);
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
    if (!m.extras.empty()) at = copy(at, m.extras.data(), m.extras.size());
    at = copy(at, m.key.data(), m.key.size());
    if (!m.value.empty()) std::memcpy(at, m.value.data(), m.value.size());
    return at + m.value.size();
}

}  // namespace tenon::wire

// SPDX-License-Identifier: Apache-2.0
#include "wire/frame_reader.hpp"

#include <algorithm>
#include <string>

#include "fuzz.hpp"

namespace {

constexpr std::uint32_t kLimit = 4096;

/// All frames of a stream and how it ended, as text.
struct Notes {
    std::string text;

    void add(const tenon::wire::Frame &f) {
        text += std::to_string(static_cast<int>(f.opcode)) + " " + std::to_string(f.opaque) + " ";
        for (const auto part : {f.framing, f.extras, tenon::wire::as_bytes(f.key), f.value})
            text.append(tenon::wire::as_text(part)) += '|';
    }
};

}  // namespace

/// The first byte decides the cuts; the frames are the same as without them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace tenon;
    if (size == 0) return 0;
    std::uint32_t cut = data[0];
    const auto bytes = fuzz::as_bytes(data + 1, size - 1);

    Notes whole;
    wire::Frame frame;
    wire::FrameError error = wire::FrameError::none;
    std::span<const std::byte> rest = bytes;
    for (;;) {
        const wire::FrameResult result = wire::decode_frame(rest, kLimit, frame);
        error = result.error;
        if (!result.complete(rest)) break;
        whole.add(frame);
        rest = rest.subspan(result.size);
    }

    Notes pieces;
    wire::FrameReader reader(kLimit);
    auto next = wire::FrameReader::Next::need_more;
    for (std::span<const std::byte> left = bytes; !left.empty() && next != wire::FrameReader::Next::error;) {
        cut = cut * 1103515245 + 12345;
        const std::size_t step = std::min<std::size_t>(left.size(), 1 + (cut >> 16) % 40);
        reader.feed(left.first(step));
        left = left.subspan(step);
        while ((next = reader.next(frame)) == wire::FrameReader::Next::frame) pieces.add(frame);
        fuzz::require(reader.partial() < wire::kHeaderSize + kLimit, "more kept than a frame");
    }
    fuzz::require(pieces.text == whole.text, "other frames when cut");
    fuzz::require(reader.error() == error, "another error when cut");
    if (error == wire::FrameError::none) fuzz::require(reader.partial() == rest.size(), "another rest when cut");
    return 0;
}

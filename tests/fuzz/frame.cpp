// SPDX-License-Identifier: Apache-2.0
#include "wire/frame.hpp"

#include <vector>

#include "fuzz.hpp"
#include "wire/observe.hpp"
#include "wire/opcode.hpp"
#include "wire/validate.hpp"

/// Whatever decodes lies inside its bytes, and encodes to them again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace tenon;
    const auto bytes = fuzz::as_bytes(data, size);
    wire::Frame f;
    const wire::FrameResult result = wire::decode_frame(bytes, 1 << 20, f);
    if (!result.complete(bytes)) {
        fuzz::require(result.error != wire::FrameError::none || result.size > size, "a frame neither whole, wanting nor wrong");
        return 0;
    }
    fuzz::require(wire::kHeaderSize + f.framing.size() + f.extras.size() + f.key.size() + f.value.size() == result.size,
                  "the parts are not the frame");
    std::uint64_t sum = 0;
    for (const auto part : {f.framing, f.extras, wire::as_bytes(f.key), f.value})
        for (const std::byte b : part) sum += static_cast<std::uint8_t>(b);
    std::uint64_t whole = 0;
    for (std::size_t i = wire::kHeaderSize; i < result.size; ++i) whole += data[i];
    fuzz::require(sum == whole, "the parts are not the body");

    const wire::Status valid = wire::validate_request(f);
    fuzz::require((valid == wire::Status::unknown_command) == (!wire::is_known(f.opcode) && f.key.size() <= wire::kMaxKeyLength),
                  "known and unknown at once");
    std::span<const std::byte> body = f.value;
    wire::ObserveEntry entry;
    while (wire::decode_next(body, entry)) sum += entry.key.size();

    if (!f.framing.empty() || f.magic == wire::Magic::request_with_framing || f.magic == wire::Magic::response_with_framing)
        return 0;
    const wire::Message m{f.magic, f.opcode, f.datatype, f.vbucket_or_status, f.opaque, f.cas, f.extras, f.key, f.value};
    fuzz::require(wire::encoded_size(m) == result.size, "another size when encoded again");
    std::vector<std::byte> again(result.size);
    fuzz::require(wire::encode(m, again.data()) == again.data() + again.size(), "encoded to another length");
    fuzz::require(std::memcmp(again.data(), data, again.size()) == 0, "other bytes when encoded again");
    return 0;
}

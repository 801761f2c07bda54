// SPDX-License-Identifier: Apache-2.0
#include "session/negotiation.hpp"

#include "fuzz.hpp"
#include "wire/frame_reader.hpp"
#include "wire/validate.hpp"

namespace {

/// What the client says has to be what a server takes.
void check_sent(std::span<const std::byte> bytes) {
    using namespace tenon;
    wire::FrameReader reader;
    wire::Frame frame;
    reader.feed(bytes);
    while (reader.next(frame) == wire::FrameReader::Next::frame)
        fuzz::require(wire::validate_request(frame) == wire::Status::ok, "an invalid request");
    fuzz::require(reader.error() == wire::FrameError::none && reader.partial() == 0, "half a request");
}

}  // namespace

/// The first byte picks the credentials, the rest is what the server says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace tenon;
    if (size == 0) return 0;
    const session::Credentials credentials[] = {
        {"default", "", ""}, {"foo", "", "bar"}, {"foo", "me", "bar"}, {"foo", "", ""}, {"", "", ""}};
    session::Negotiation negotiation(credentials[data[0] % 5]);
    check_sent(negotiation.start());

    wire::FrameReader reader;
    wire::Frame frame;
    reader.feed(fuzz::as_bytes(data + 1, size - 1));
    bool ended = false;
    while (reader.next(frame) == wire::FrameReader::Next::frame) {
        const session::Step step = negotiation.on_frame(frame);
        if (ended) fuzz::require(step.failed(), "it went on after its end");
        if (step.failed()) fuzz::require(step.error && !step.error.message.empty(), "a failure without a story");
        else fuzz::require(!step.error, "an error without failure");
        ended = ended || step.failed() || step.ready();
        check_sent(step.send);
    }
    return 0;
}

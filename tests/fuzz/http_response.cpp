// SPDX-License-Identifier: Apache-2.0
// The first byte decides where the rest is cut: head, body and verdict are the same as uncut.
#include <algorithm>
#include <string>

#include "fuzz.hpp"
#include "net/http_response.hpp"

using namespace tenon;

namespace {

struct Outcome {
    unsigned status = 0;
    std::string reason, body;
    std::vector<std::pair<std::string, std::string>> headers;
    int heads = 0, ends = 0;
    bool failed = false, complete = false;
    bool operator==(const Outcome &) const = default;
};

void on_head(void *arg, const net::HttpHead &head) {
    Outcome &o = *static_cast<Outcome *>(arg);
    ++o.heads;
    o.status = head.status;
    o.reason = head.reason;
    o.headers = head.headers;
}

void on_body(void *arg, std::span<const std::byte> bytes) {
    Outcome &o = *static_cast<Outcome *>(arg);
    fuzz::require(o.heads == 1 && o.ends == 0 && !bytes.empty(), "a body outside of its response");
    o.body.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

void on_end(void *arg) { ++static_cast<Outcome *>(arg)->ends; }

Outcome read(std::span<const std::byte> bytes, std::size_t piece) {
    Outcome outcome;
    net::HttpResponseParser parser({&outcome, on_head, on_body, on_end}, "GET");
    while (!bytes.empty() && !outcome.failed) {
        const std::size_t count = std::min(piece, bytes.size());
        const Error error = parser.feed(bytes.first(count));
        outcome.failed = static_cast<bool>(error);
        fuzz::require(!error || !error.message.empty(), "an error without a story");
        bytes = bytes.subspan(count);
    }
    if (!outcome.failed) outcome.complete = parser.end_of_file();
    fuzz::require(outcome.heads <= 1 && outcome.ends <= outcome.heads, "more than one response");
    fuzz::require(outcome.complete == (outcome.ends == 1), "an end that was not told");
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0) return 0;
    const auto bytes = fuzz::as_bytes(data + 1, size - 1);
    const Outcome whole = read(bytes, bytes.size() + 1);
    fuzz::require(whole == read(bytes, data[0] % 16 + std::size_t{1}), "a cut changed the response");
    return 0;
}

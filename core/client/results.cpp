// SPDX-License-Identifier: Apache-2.0
#include <tenon/results.hpp>

#include <cstdio>
#include <cstring>

#include "wire/extras.hpp"
#include "wire/observe.hpp"
#include "wire/opcode.hpp"

namespace tenon {
namespace {

/// A key as far as it is fit for a line of text.
std::string printable(std::string_view key) {
    constexpr std::size_t kLongest = 60;
    std::string text;
    for (const char c : key.substr(0, kLongest)) text += c >= ' ' && c < 0x7f && c != '"' ? c : '?';
    return key.size() > kLongest ? text + "…" : text;
}

}  // namespace

TENON_API ObserveResult::ObserveResult(const Reply &reply) : Reply(reply) {
    if (reply.error) return;
    std::span<const std::byte> entries = reply.value;
    wire::ObserveEntry entry;
    if (!wire::decode_next(entries, entry)) {
        error = errc::protocol;
        return;
    }
    state = static_cast<CopyState>(entry.state);
    item_cas = entry.cas;
    const std::uint64_t times = wire::big_endian(reply.cas);
    persistence_ms = static_cast<std::uint32_t>(times >> 32);
    replication_ms = static_cast<std::uint32_t>(times);
    cas = entry.cas;
}

TENON_API VbucketResult::VbucketResult(const Reply &reply) : Reply(reply) {
    if (reply.error) return;
    if (const auto told = wire::decode_vbucket_state(reply.extras, reply.value))
        state = static_cast<VbucketState>(*told);
}

TENON_API DurabilityResult::DurabilityResult(const Reply &reply) : Reply(reply) {
    if (reply.value.size() == sizeof counts) std::memcpy(&counts, reply.value.data(), sizeof counts);
    value = {};
}

TENON_API std::string describe(const Reply &reply) {
    if (reply.attempts == 0) return "not scheduled: " + reply.error.message();
    std::string text = wire::name(static_cast<wire::Opcode>(reply.opcode));
    if (!reply.key.empty())
        text += " \"" + printable(reply.key) + "\" (vBucket " + std::to_string(reply.vbucket) + ")";
    if (reply.copy != 0) text += " of replica " + std::to_string(reply.copy - 1);
    if (!reply.server.empty()) text += " at " + std::string(reply.server);
    text += ": " + (reply.error ? reply.error.message() : std::string("done"));
    if (!reply.detail.empty()) text += ": " + std::string(reply.detail);
    char times[64];
    std::snprintf(times, sizeof times, " (%u attempt%s, %.1f ms)", static_cast<unsigned>(reply.attempts),
                  reply.attempts == 1 ? "" : "s", static_cast<double>(reply.elapsed.count()) / 1000);
    return text + times;
}

}  // namespace tenon

// SPDX-License-Identifier: Apache-2.0
#include "trace.hpp"

#include <algorithm>
#include <span>
#include <system_error>

#include <fmt/format.h>

#include <tenon/errc.hpp>

#include "value.hpp"
#include "wire/frame.hpp"
#include "wire/observe.hpp"
#include "wire/opcode.hpp"
#include "wire/status.hpp"

namespace tenon::simulation {
namespace {

constexpr std::uint32_t kMaxBody = 64U << 20;
constexpr std::size_t kShown = 60;

std::string shortened(std::string_view text) {
    if (text.size() <= kShown) return std::string(text);
    return fmt::format("{}… ({} bytes)", text.substr(0, kShown), text.size());
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

std::string printable(std::string_view text) {
    std::string out(text);
    std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '.');
    return out;
}

/// Keys that an observe asks about, or what is said of them: "k1 vb3", "k1 vb3 on disk 000000000000000d".
std::string show_copies(const wire::Frame &frame) {
    std::string text;
    std::span<const std::byte> rest = frame.value;
    wire::ObserveKey asked;
    wire::ObserveEntry told;
    while (frame.is_request() && wire::decode_next(rest, asked)) text += fmt::format(" {} vb{}", asked.key, asked.vbucket);
    while (!frame.is_request() && wire::decode_next(rest, told)) {
        const bool on_disk = told.state == static_cast<std::uint8_t>(wire::ObserveState::on_disk);
        text += fmt::format(" {} vb{} {} {:016x}", told.key, told.vbucket,
                            !wire::is_there(told.state) ? "not there" : on_disk ? "on disk" : "in memory",
                            wire::big_endian(told.cas));
    }
    return rest.empty() ? text : " " + printable(text_of(frame.value));
}

std::string show_value(const wire::Frame &frame) {
    if (frame.value.empty()) return {};
    if (frame.value.size() == 8 && (frame.opcode == wire::Opcode::increment || frame.opcode == wire::Opcode::decrement))
        return fmt::format(" = {}", wire::load<std::uint64_t>(frame.value.data()));
    if (frame.opcode == wire::Opcode::observe) return show_copies(frame);
    const std::string value = normalised(text_of(frame.value));
    return ' ' + (is_garbage(value) ? shortened(printable(text_of(frame.value))) : shortened(value));
}

std::string show(const wire::Frame &frame) {
    const char *name = wire::name(frame.opcode);
    if (frame.is_request())
        return fmt::format("{} {} vb{} ({}){}{}", name, frame.key, frame.vbucket(), frame.opaque,
                           frame.cas != 0 ? fmt::format(" cas {:016x}", wire::big_endian(frame.cas)) : "",
                           show_value(frame));
    return fmt::format("{} ({}): {}{}{}", name, frame.opaque,
                       frame.status() == wire::Status::ok ? "ok" : wire::describe(frame.status()),
                       frame.cas != 0 ? fmt::format(" cas {:016x}", wire::big_endian(frame.cas)) : "",
                       show_value(frame));
}

bool is_http(std::span<const std::byte> bytes) {
    return !bytes.empty() && static_cast<unsigned char>(bytes[0]) >= ' ' && static_cast<unsigned char>(bytes[0]) < 0x7f;
}

}  // namespace

std::string describe(const Call &call) {
    std::string text = fmt::format("#{} client{} {} key {}", call.id, call.client, name(call.action), call.key);
    if (call.cas != 0) text += fmt::format(" if {:016x}", wire::big_endian(call.cas));
    if (call.action == Action::increment || call.action == Action::decrement)
        text += fmt::format(" by {}{}", call.delta, call.creates ? fmt::format(" else {}", call.initial) : "");
    if (call.action == Action::durability) text += fmt::format(" on {} disks and {} replicas", call.delta, call.initial);
    if (call.cancelled != kNever) text += fmt::format(" taken back at {}", call.cancelled);
    if (call.seconds != 0) text += fmt::format(" for {} s", call.seconds);
    text += fmt::format(" [{}, {}]", call.invoked,
                        call.completed == kNever ? "not completed" : std::to_string(call.completed));
    if (call.completed == kNever) return text;
    if (call.error != 0) {
        text += ": " + std::error_code(call.error, error_category()).message();
        if (!call.detail.empty()) text += " (" + call.detail + ")";
    } else {
        text += ": ok";
        if (!call.result.empty()) text += ' ' + shortened(call.result);
        for (const std::string &copy : call.copies) text += " copy " + shortened(copy);
        for (const CopyTold &one : call.told)
            text += fmt::format(" copy {} {:016x}", one.copy, one.exists ? wire::big_endian(one.cas) : 0);
        for (const std::string &server : call.reached) text += " at " + server;
        if (call.counter != 0) text += fmt::format(" = {}", call.counter);
        if (call.result_cas != 0) text += fmt::format(" cas {:016x}", wire::big_endian(call.result_cas));
    }
    if (!call.server.empty()) text += " from " + call.server;
    return text;
}

void Trace::line(Time time, std::string_view who, std::string_view what) {
    sink_(fmt::format("{:>10}.{:06} {:<22} {}", time / 1'000'000, time % 1'000'000, who, what));
}

void Trace::on_call(Time time, const Call &call, std::string_view key) {
    line(time, fmt::format("client{}", call.client),
         fmt::format("#{} {} {}{} until {}", call.id, name(call.action), key,
                     call.cas != 0 ? fmt::format(" if {:016x}", wire::big_endian(call.cas)) : "", call.deadline));
}

void Trace::on_completion(Time time, const Call &call) {
    line(time, fmt::format("client{}", call.client), describe(call));
}

std::string Trace::show(const sim::Endpoint &end) const {
    const auto at = names_.find(end.address);
    return at == names_.end() ? end.to_string() : fmt::format("{}:{}", at->second, end.port);
}

void Trace::on_wire(const sim::Trace &event) {
    if (event.what == sim::Happening::sent) return;
    if (event.what == sim::Happening::arrived) return feed(event);
    line(event.time, show(event.from), fmt::format("> {} {}", show(event.to), sim::to_string(event.what)));
}

/// What arrived, as far as it is whole.
void Trace::feed(const sim::Trace &event) {
    const std::uint64_t sender = std::uint64_t{event.from.address} << 16 | event.from.port;
    std::vector<std::byte> &held = partial_[{event.connection, sender}];
    held.insert(held.end(), event.bytes.begin(), event.bytes.end());
    const std::string to = "> " + show(event.to) + ' ';
    if (is_http(held)) {
        const std::string_view text = text_of(held);
        line(event.time, show(event.from), to + "HTTP " + shortened(text.substr(0, text.find_first_of("\r\n"))));
        return held.clear();
    }
    std::span<const std::byte> rest = held;
    wire::Frame frame;
    for (;;) {
        const wire::FrameResult result = wire::decode_frame(rest, kMaxBody, frame);
        if (result.error != wire::FrameError::none) {
            line(event.time, show(event.from), to + fmt::format("{} bytes that are no frame", rest.size()));
            return held.clear();
        }
        if (!result.complete(rest)) break;
        line(event.time, show(event.from), to + simulation::show(frame));
        rest = rest.subspan(result.size);
    }
    held.erase(held.begin(), held.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

}  // namespace tenon::simulation

// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "setting_tables.hpp"

namespace tenon::couchbase2 {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Microseconds; with a '.' in it seconds.
std::optional<std::uint32_t> parse_time(std::string_view text) {
    if (text.find('.') == std::string_view::npos) return parse_number<std::uint32_t>(text);
    const auto seconds = parse_number<double>(text);
    if (!seconds || !(*seconds >= 0) || *seconds * 1e6 > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(std::llround(*seconds * 1e6));
}

std::optional<bool> parse_bool(std::string_view text) {
    if (text == "true" || text == "on") return true;
    if (text == "false" || text == "off") return false;
    const auto number = parse_number<int>(text);
    return number ? std::optional(*number != 0) : std::nullopt;
}

lcb_error_t outcome(bool good) { return good ? LCB_SUCCESS : LCB_ECTL_BADARG; }

template <class Parsed, class Target>
lcb_error_t assign(const std::optional<Parsed> &parsed, Target &target) {
    if (parsed) target = static_cast<Target>(*parsed);
    return outcome(parsed.has_value());
}

template <class Choice>
lcb_error_t choose(std::string_view value, std::string_view first, Choice if_first, std::string_view second,
                   Choice if_second, Choice &target) {
    if (value != first && value != second) return LCB_ECTL_BADARG;
    target = value == first ? if_first : if_second;
    return LCB_SUCCESS;
}

lcb_error_t set_keepalive(Options &options, std::string_view value) {
    const auto time = parse_time(value);
    if (!time || *time % 1000000 != 0) return LCB_ECTL_BADARG;
    options.tcp_keepalive = std::chrono::seconds(*time / 1000000);
    return LCB_SUCCESS;
}

lcb_error_t set_connect_timeout(Options &options, std::string_view value) {
    const auto time = parse_time(value);
    if (!time || *time == 0) return LCB_ECTL_BADARG;
    options.connect_timeout = Microseconds(*time);
    return LCB_SUCCESS;
}

lcb_error_t set_limit(std::size_t &limit, std::string_view value) {
    const auto number = parse_number<std::size_t>(value);
    if (!number || *number == 0) return LCB_ECTL_BADARG;
    limit = *number;
    return LCB_SUCCESS;
}

lcb_error_t set_ipv6(Options &options, std::string_view value) {
    const bool only_v6 = value == "only";
    if (!only_v6 && value != "disabled" && value != "allow") return LCB_ECTL_BADARG;
    options.address_family = to_family(only_v6 ? LCB_IPV6_ONLY : value == "allow" ? LCB_IPV6_ALLOW : LCB_IPV6_DISABLED);
    return LCB_SUCCESS;
}

lcb_error_t only(bool same) { return same ? LCB_SUCCESS : LCB_ECTL_UNSUPPMODE; }

lcb_error_t set_console(Settings &settings, std::string_view value) {
    const auto level = parse_number<std::uint32_t>(value);
    if (!level) return LCB_ECTL_BADARG;
    log_to_console(settings, *level);
    return LCB_SUCCESS;
}

/// Settings that are neither times nor kept.
lcb_error_t set_other(Settings &settings, std::string_view name, std::string_view value) {
    Options &options = settings.options;
    if (name == "config_cache") return options.config_cache = value, LCB_SUCCESS;
    if (name == "console_log_level") return set_console(settings, value);
    if (name == "ipv6") return set_ipv6(options, value);
    if (name == "compression") return only(value == "off");
    if (name == "retry_policy" || name == "sasl_mech_force") return LCB_ECTL_UNSUPPMODE;
    if (name == "config_agreement")
        return choose(value, "majority", ConfigAgreement::majority, "first", ConfigAgreement::first,
                      options.config_agreement);
    if (name == "config_watch")
        return choose(value, "one", ConfigWatch::one, "all", ConfigWatch::all, options.config_watch);
    if (name == "connect_timeout") return set_connect_timeout(options, value);
    if (name == "tcp_keepalive") return set_keepalive(options, value);
    if (name == "libmemcached_names") return assign(parse_bool(value), options.libmemcached_names);
    if (name == "sasl_buckets") return assign(parse_bool(value), options.sasl_buckets);
    if (name == "max_pending_operations") return set_limit(options.max_pending_operations, value);
    if (name == "max_pending_bytes") return set_limit(options.max_pending_bytes, value);
    return LCB_ECTL_UNKNOWN;
}

lcb_error_t set_kept(Settings::Kept &kept, KeptType type, std::string_view value) {
    switch (type) {
    case KeptType::time: return assign(parse_time(value), kept.whole);
    case KeptType::boolean: return assign(parse_bool(value), kept.whole);
    case KeptType::size: return assign(parse_number<lcb_SIZE>(value), kept.whole);
    case KeptType::integer: return assign(parse_number<int>(value), kept.whole);
    case KeptType::real: return assign(parse_number<float>(value), kept.real);
    }
    return LCB_ECTL_BADARG;
}

}  // namespace

AddressFamily to_family(lcb_ipv6_t policy) {
    return policy == LCB_IPV6_ALLOW  ? AddressFamily::any
           : policy == LCB_IPV6_ONLY ? AddressFamily::ipv6
                                     : AddressFamily::ipv4;
}

lcb_ipv6_t to_ipv6(AddressFamily family) {
    return family == AddressFamily::any    ? LCB_IPV6_ALLOW
           : family == AddressFamily::ipv6 ? LCB_IPV6_ONLY
                                           : LCB_IPV6_DISABLED;
}

Settings::Settings() {
    for (const TimeSetting &setting : kTimes) setting.set(*this, 0);
    for (const KeptSetting &setting : kKept) {
        Kept &slot = kept[static_cast<unsigned>(setting.number)];
        if (setting.type == KeptType::real)
            slot.real = static_cast<float>(setting.initial);
        else
            slot.whole = static_cast<std::uint64_t>(setting.initial);
    }
}

lcb_error_t set_by_name(Settings &settings, std::string_view name, std::string_view value) {
    if (name.empty()) return LCB_ECTL_UNKNOWN;
    for (const TimeSetting &setting : kTimes) {
        if (name != setting.name && name != setting.alias) continue;
        const auto time = parse_time(value);
        if (time) setting.set(settings, *time);
        return outcome(time.has_value());
    }
    for (const KeptSetting &setting : kKept)
        if (name == setting.name)
            return set_kept(settings.kept[static_cast<unsigned>(setting.number)], setting.type, value);
    return set_other(settings, name, value);
}

void log_to_console(Settings &settings, unsigned level) {
    constexpr unsigned kError = 4;
    settings.options.log_level = static_cast<int>(kError - std::min(level, kError));
    settings.options.log = [](int, std::string_view line) {
        std::fprintf(stderr, "libcouchbase: %.*s\n", static_cast<int>(line.size()), line.data());
    };
}

}  // namespace tenon::couchbase2

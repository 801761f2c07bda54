// SPDX-License-Identifier: Apache-2.0
// lcb_cntl and the older functions for what it sets.
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <optional>

#include "enumerators.hpp"
#include "error.hpp"
#include "instance.hpp"
#include "nodes.hpp"
#include "setting_tables.hpp"

using namespace tenon::couchbase2;

namespace {

template <class T>
T &as(void *argument) {
    return *static_cast<T *>(argument);
}

template <class Table>
auto find(const Table &table, int number) {
    const auto found = std::ranges::find_if(table, [number](const auto &setting) { return setting.number == number; });
    return found != std::end(table) ? &*found : nullptr;
}

template <class T, class Kept>
lcb_error_t move(int mode, void *argument, Kept &kept) {
    if (mode == LCB_CNTL_SET)
        kept = static_cast<Kept>(as<const T>(argument));
    else
        as<T>(argument) = static_cast<T>(kept);
    return LCB_SUCCESS;
}

lcb_error_t tell_or_set(int mode, void *argument, const KeptSetting &setting, Settings::Kept &kept) {
    switch (setting.type) {
    case KeptType::time: return move<lcb_U32>(mode, argument, kept.whole);
    case KeptType::size: return move<lcb_SIZE>(mode, argument, kept.whole);
    case KeptType::real: return move<float>(mode, argument, kept.real);
    default: return move<int>(mode, argument, kept.whole);
    }
}

lcb_error_t tell_or_set(int mode, void *argument, const TimeSetting &setting, Settings &settings) {
    if (mode == LCB_CNTL_SET)
        setting.set(settings, as<const lcb_U32>(argument));
    else
        as<lcb_U32>(argument) = static_cast<lcb_U32>(setting.field(settings).count());
    return LCB_SUCCESS;
}

/// Calls a program's logger, whose arguments come as a va_list.
void log_through(lcb_logprocs *logger, unsigned instance, int level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    logger->v.v0.callback(logger, instance, "tenon", level, "", 0, format, arguments);
    va_end(arguments);
}

/// Also where the instance is connected already.
lcb_error_t log_as_set(lcb_t instance) {
    const tenon::Options &options = instance->settings.options;
    if (instance->client) instance->client->set_log(options.log, options.log_level);
    return LCB_SUCCESS;
}

lcb_error_t set_logger(lcb_t instance, lcb_logprocs *logger) {
    Settings &settings = instance->settings;
    if (logger != nullptr && (logger->version != 0 || logger->v.v0.callback == nullptr)) return LCB_ECTL_BADARG;
    settings.logger = logger;
    settings.options.log = nullptr;
    if (logger != nullptr) {
        settings.options.log_level = LCB_LOG_TRACE;
        const auto number = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(instance));
        settings.options.log = [logger, number](int level, std::string_view line) {
            log_through(logger, number, level, "%.*s", static_cast<int>(line.size()), line.data());
        };
    }
    return log_as_set(instance);
}

lcb_error_t tell_retry_mode(lcb_U32 &option) {
    const lcb_U32 mode = LCB_RETRYOPT_GETMODE(option);
    if (mode >= LCB_RETRY_ON_MAX) return LCB_ECTL_BADARG;
    option = LCB_RETRYOPT_CREATE(mode, mode == LCB_RETRY_ON_SOCKERR ? LCB_RETRY_CMDS_SAFE : LCB_RETRY_CMDS_ALL);
    return LCB_SUCCESS;
}

lcb_error_t tell(lcb_t instance, int number, void *argument) {
    const Settings &settings = instance->settings;
    switch (number) {
    case LCB_CNTL_HANDLETYPE: return as<lcb_type_t>(argument) = settings.type, LCB_SUCCESS;
    case LCB_CNTL_IOPS: return as<lcb_io_opt_t>(argument) = instance->io, LCB_SUCCESS;
    case LCB_CNTL_CONFIG_TRANSPORT:
        if (!instance->has_map()) return LCB_CLIENT_ETMPFAIL;
        return as<lcb_config_transport_t>(argument) = LCB_CONFIG_TRANSPORT_HTTP, LCB_SUCCESS;
    case LCB_CNTL_CHANGESET: return as<const char *>(argument) = LCB_VERSION_CHANGESET, LCB_SUCCESS;
    case LCB_CNTL_CONFIG_CACHE_LOADED:
    case LCB_CNTL_SSL_MODE:
    case LCB_CNTL_COMPRESSION_OPTS: return as<int>(argument) = 0, LCB_SUCCESS;
    case LCB_CNTL_SSL_CERT:
    case LCB_CNTL_FORCE_SASL_MECH: return as<const char *>(argument) = nullptr, LCB_SUCCESS;
    case LCB_CNTL_BUCKETNAME: return as<const char *>(argument) = settings.options.bucket.c_str(), LCB_SUCCESS;
    case LCB_CNTL_SYNCMODE: return as<lcb_syncmode_t>(argument) = settings.syncmode, LCB_SUCCESS;
    case LCB_CNTL_IP6POLICY: return as<lcb_ipv6_t>(argument) = to_ipv6(settings.options.address_family), LCB_SUCCESS;
    case LCB_CNTL_VBMAP: return tell_server_of(instance, as<lcb_cntl_vbinfo_t>(argument));
    case LCB_CNTL_VBCONFIG: return tell_map(instance, as<lcbvb_CONFIG *>(argument));
    case LCB_CNTL_MEMDNODE_INFO: return tell_data_node(instance, as<lcb_cntl_server_t>(argument));
    case LCB_CNTL_CONFIGNODE_INFO: return tell_config_node(instance, as<lcb_cntl_server_t>(argument));
    case LCB_CNTL_IOPS_DEFAULT_TYPES: return tell_default_types(as<lcb_cntl_iops_info_st>(argument));
    case LCB_CNTL_CONFIGCACHE:
        as<const char *>(argument) =
            settings.options.config_cache.empty() ? nullptr : settings.options.config_cache.c_str();
        return LCB_SUCCESS;
    case LCB_CNTL_LOGGER: return as<lcb_logprocs *>(argument) = settings.logger, LCB_SUCCESS;
    case LCB_CNTL_RETRYMODE: return tell_retry_mode(as<lcb_U32>(argument));
    default: return lcb_cntl_exists(number) != 0 ? LCB_ECTL_UNSUPPMODE : LCB_ECTL_UNKNOWN;
    }
}

lcb_error_t set(lcb_t instance, int number, void *argument) {
    Settings &settings = instance->settings;
    switch (number) {
    case LCB_CNTL_CONFIGCACHE:
        settings.options.config_cache = argument != nullptr ? static_cast<const char *>(argument) : "";
        return LCB_SUCCESS;
    case LCB_CNTL_LOGGER: return set_logger(instance, static_cast<lcb_logprocs *>(argument));
    default: break;
    }
    if (argument == nullptr) return LCB_ECTL_BADARG;
    switch (number) {
    case LCB_CNTL_SYNCMODE: {
        const unsigned mode = number_of(as<lcb_syncmode_t>(argument));
        if (mode != LCB_SYNCHRONOUS && mode != LCB_ASYNCHRONOUS) return LCB_ECTL_BADARG;
        settings.syncmode = static_cast<lcb_syncmode_t>(mode);
        return LCB_SUCCESS;
    }
    case LCB_CNTL_IP6POLICY: {
        const unsigned policy = number_of(as<lcb_ipv6_t>(argument));
        if (policy > LCB_IPV6_ALLOW) return LCB_ECTL_BADARG;
        settings.options.address_family = to_family(static_cast<lcb_ipv6_t>(policy));
        return LCB_SUCCESS;
    }
    case LCB_CNTL_CONLOGGER_LEVEL: return log_to_console(settings, as<lcb_U32>(argument)), log_as_set(instance);
    case LCB_CNTL_COMPRESSION_OPTS: return as<int>(argument) == LCB_COMPRESS_NONE ? LCB_SUCCESS : LCB_ECTL_UNSUPPMODE;
    default: return lcb_cntl_exists(number) != 0 ? LCB_ECTL_UNSUPPMODE : LCB_ECTL_UNKNOWN;
    }
}

lcb_error_t tell_or_set(lcb_t instance, int mode, int number, void *argument) {
    Settings &settings = instance->settings;
    if (mode != LCB_CNTL_GET && mode != LCB_CNTL_SET) return LCB_ECTL_UNSUPPMODE;
    if (argument == nullptr && mode == LCB_CNTL_GET) return LCB_ECTL_BADARG;
    const TimeSetting *const time = find(kTimes, number);
    const KeptSetting *const kept = find(kKept, number);
    if ((time != nullptr || kept != nullptr) && argument == nullptr) return LCB_ECTL_BADARG;
    if (time != nullptr) return tell_or_set(mode, argument, *time, settings);
    if (kept != nullptr)
        return tell_or_set(mode, argument, *kept, settings.kept[static_cast<unsigned>(number)]);
    return mode == LCB_CNTL_SET ? set(instance, number, argument) : tell(instance, number, argument);
}

/// The errors of settings, as programs of before 2.4 know them.
lcb_error_t as_documented(lcb_t instance, lcb_error_t error) {
    if (instance->settings.kept[LCB_CNTL_DETAILED_ERRCODES].whole != 0) return error;
    if (error == LCB_ECTL_UNKNOWN || error == LCB_ECTL_UNSUPPMODE) return LCB_NOT_SUPPORTED;
    return error == LCB_ECTL_BADARG ? LCB_EINVAL : error;
}

/// Without an instance only what is no instance's can be told.
lcb_error_t tell_without_instance(int mode, int number, void *argument) {
    if (mode != LCB_CNTL_GET || number != LCB_CNTL_IOPS_DEFAULT_TYPES || argument == nullptr) return LCB_EINVAL;
    return tell_default_types(as<lcb_cntl_iops_info_st>(argument)) == LCB_SUCCESS ? LCB_SUCCESS : LCB_EINVAL;
}

template <class T>
T told(lcb_t instance, int number) {
    T value{};
    (void)lcb_cntl(instance, LCB_CNTL_GET, number, &value);
    return value;
}

}  // namespace

lcb_error_t lcb_cntl(lcb_t instance, int mode, int cmd, void *arg) {
    return guarded([&] {
        if (instance == nullptr) return tell_without_instance(mode, cmd, arg);
        return as_documented(instance, tell_or_set(instance, mode, cmd, arg));
    });
}

lcb_error_t lcb_cntl_string(lcb_t instance, const char *key, const char *value) {
    return guarded([&] {
        if (instance == nullptr || key == nullptr || value == nullptr) return LCB_EINVAL;
        const lcb_error_t error = set_by_name(instance->settings, key, value);
        if (std::string_view(key) == "console_log_level" && error == LCB_SUCCESS) log_as_set(instance);
        return as_documented(instance, error);
    });
}

lcb_error_t lcb_cntl_setu32(lcb_t instance, int cmd, lcb_U32 arg) {
    return lcb_cntl(instance, LCB_CNTL_SET, cmd, &arg);
}

lcb_U32 lcb_cntl_getu32(lcb_t instance, int cmd) { return told<lcb_U32>(instance, cmd); }

int lcb_cntl_exists(int cmd) {
    if (find(kTimes, cmd) != nullptr || find(kKept, cmd) != nullptr) return 1;
    constexpr int kOthers[] = {
        LCB_CNTL_HANDLETYPE,      LCB_CNTL_VBCONFIG,        LCB_CNTL_IOPS,           LCB_CNTL_VBMAP,
        LCB_CNTL_SYNCMODE,        LCB_CNTL_IP6POLICY,       LCB_CNTL_CHANGESET,      LCB_CNTL_CONFIG_CACHE_LOADED,
        LCB_CNTL_FORCE_SASL_MECH, LCB_CNTL_LOGGER,          LCB_CNTL_CONFIGCACHE,    LCB_CNTL_CONFIG_TRANSPORT,
        LCB_CNTL_SSL_MODE,        LCB_CNTL_SSL_CERT,        LCB_CNTL_RETRYMODE,      LCB_CNTL_COMPRESSION_OPTS,
        LCB_CNTL_BUCKETNAME,      LCB_CNTL_CONLOGGER_LEVEL, LCB_CNTL_MEMDNODE_INFO,  LCB_CNTL_CONFIGNODE_INFO,
        LCB_CNTL_IOPS_DEFAULT_TYPES,
    };
    return std::ranges::find(kOthers, cmd) != std::end(kOthers) ? 1 : 0;
}

void lcb_behavior_set_syncmode(lcb_t instance, lcb_syncmode_t syncmode) {
    (void)lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_SYNCMODE, &syncmode);
}
lcb_syncmode_t lcb_behavior_get_syncmode(lcb_t instance) { return instance->settings.syncmode; }

void lcb_behavior_set_ipv6(lcb_t instance, lcb_ipv6_t mode) {
    (void)lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_IP6POLICY, &mode);
}
lcb_ipv6_t lcb_behavior_get_ipv6(lcb_t instance) { return told<lcb_ipv6_t>(instance, LCB_CNTL_IP6POLICY); }

void lcb_behavior_set_config_errors_threshold(lcb_t instance, lcb_size_t num_events) {
    (void)lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_CONFERRTHRESH, &num_events);
}
lcb_size_t lcb_behavior_get_config_errors_threshold(lcb_t instance) {
    return told<lcb_size_t>(instance, LCB_CNTL_CONFERRTHRESH);
}

void lcb_set_timeout(lcb_t instance, lcb_uint32_t usec) { (void)lcb_cntl_setu32(instance, LCB_CNTL_OP_TIMEOUT, usec); }
lcb_uint32_t lcb_get_timeout(lcb_t instance) { return lcb_cntl_getu32(instance, LCB_CNTL_OP_TIMEOUT); }

void lcb_set_view_timeout(lcb_t instance, lcb_uint32_t usec) {
    (void)lcb_cntl_setu32(instance, LCB_CNTL_VIEW_TIMEOUT, usec);
}
lcb_uint32_t lcb_get_view_timeout(lcb_t instance) { return lcb_cntl_getu32(instance, LCB_CNTL_VIEW_TIMEOUT); }

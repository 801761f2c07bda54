// SPDX-License-Identifier: Apache-2.0
#include "instance.hpp"

namespace {

/// Sets a callback and returns the one before; a null one only asks.
template <class Function>
Function exchange(Function &slot, Function callback) {
    const Function before = slot;
    if (callback != nullptr) slot = callback;
    return before;
}

}  // namespace

lcb_get_callback lcb_set_get_callback(lcb_t instance, lcb_get_callback callback) {
    return exchange(instance->callbacks.get, callback);
}

lcb_store_callback lcb_set_store_callback(lcb_t instance, lcb_store_callback callback) {
    return exchange(instance->callbacks.store, callback);
}

lcb_remove_callback lcb_set_remove_callback(lcb_t instance, lcb_remove_callback callback) {
    return exchange(instance->callbacks.remove, callback);
}

lcb_touch_callback lcb_set_touch_callback(lcb_t instance, lcb_touch_callback callback) {
    return exchange(instance->callbacks.touch, callback);
}

lcb_unlock_callback lcb_set_unlock_callback(lcb_t instance, lcb_unlock_callback callback) {
    return exchange(instance->callbacks.unlock, callback);
}

lcb_arithmetic_callback lcb_set_arithmetic_callback(lcb_t instance, lcb_arithmetic_callback callback) {
    return exchange(instance->callbacks.arithmetic, callback);
}

lcb_observe_callback lcb_set_observe_callback(lcb_t instance, lcb_observe_callback callback) {
    return exchange(instance->callbacks.observe, callback);
}

lcb_durability_callback lcb_set_durability_callback(lcb_t instance, lcb_durability_callback callback) {
    return exchange(instance->callbacks.durability, callback);
}

lcb_stat_callback lcb_set_stat_callback(lcb_t instance, lcb_stat_callback callback) {
    return exchange(instance->callbacks.stat, callback);
}

lcb_version_callback lcb_set_version_callback(lcb_t instance, lcb_version_callback callback) {
    return exchange(instance->callbacks.version, callback);
}

lcb_verbosity_callback lcb_set_verbosity_callback(lcb_t instance, lcb_verbosity_callback callback) {
    return exchange(instance->callbacks.verbosity, callback);
}

lcb_flush_callback lcb_set_flush_callback(lcb_t instance, lcb_flush_callback callback) {
    return exchange(instance->callbacks.flush, callback);
}

lcb_http_complete_callback lcb_set_http_complete_callback(lcb_t instance, lcb_http_complete_callback callback) {
    return exchange(instance->callbacks.http_complete, callback);
}

lcb_http_data_callback lcb_set_http_data_callback(lcb_t instance, lcb_http_data_callback callback) {
    return exchange(instance->callbacks.http_data, callback);
}

lcb_error_callback lcb_set_error_callback(lcb_t instance, lcb_error_callback callback) {
    return exchange(instance->callbacks.error, callback);
}

lcb_configuration_callback lcb_set_configuration_callback(lcb_t instance, lcb_configuration_callback callback) {
    return exchange(instance->callbacks.configuration, callback);
}

lcb_bootstrap_callback lcb_set_bootstrap_callback(lcb_t instance, lcb_bootstrap_callback callback) {
    return exchange(instance->callbacks.bootstrap, callback);
}

lcb_destroy_callback lcb_set_destroy_callback(lcb_t instance, lcb_destroy_callback callback) {
    return exchange(instance->callbacks.destroy, callback);
}

lcb_errmap_callback lcb_set_errmap_callback(lcb_t instance, lcb_errmap_callback callback) {
    return exchange(instance->callbacks.errmap, callback);
}

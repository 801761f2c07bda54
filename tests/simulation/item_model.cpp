// SPDX-License-Identifier: Apache-2.0
#include "item_model.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <tenon/errc.hpp>

namespace tenon::simulation {
namespace {

constexpr Time kSecond = 1'000'000;

Time later(Time time, std::uint32_t seconds) {
    return time >= kNever - seconds * kSecond ? kNever : time + seconds * kSecond;
}

bool is(const Call &call, errc error) { return call.error == static_cast<int>(error); }

void expire_after(ItemState &state, std::uint32_t seconds, Window window) {
    state.expires_from = seconds == 0 ? kNever : later(window.from, seconds);
    state.expires_to = seconds == 0 ? kNever : later(window.to, seconds);
}

}  // namespace

bool did_nothing(const Call &call) {
    return is(call, errc::busy) || is(call, errc::temporary_failure) || is(call, errc::server_out_of_memory) ||
           is(call, errc::not_my_vbucket) || is(call, errc::auth_error);
}

bool outcome_known(const Call &call) {
    return call.completed != kNever && call.error < static_cast<int>(errc::timeout) && !did_nothing(call);
}

bool gives_cas(const Call &call) {
    const bool changes = about_one_item(call.action) && !is_read(call.action) && call.action != Action::touch &&
                         call.action != Action::get_and_touch;
    return changes && call.completed != kNever && call.error == 0 && call.result_cas != 0;
}

ItemModel::ItemModel() { told_.insert(kLockedCas); }

void ItemModel::learn(const Call &call) {
    if (gives_cas(call)) told_.insert(call.result_cas);
}

void ItemModel::apply(const ItemState &state, const Call &call, Window window, std::vector<ItemState> &next) {
    const bool known = outcome_known(call);
    const auto attempt = [&](ItemState variant) {
        const bool fits = !known              ? take_effect(variant, call, window)
                          : call.error == 0 ? succeeds(variant, call, window)
                                            : refuses(variant, call);
        if (fits) next.push_back(variant);
    };
    if (!state.present() || window.to >= state.expires_from) attempt({});
    if (!state.present() || window.from >= state.expires_to) return;
    if (!state.locked() || window.from < state.locked_to) attempt(state);
    if (state.locked() && (window.to >= state.locked_from || lock_may_be_lost(state, window))) {
        ItemState open = state;
        open.locked_since = open.locked_from = open.locked_to = 0;
        attempt(open);
    }
}

bool ItemModel::lock_may_be_lost(const ItemState &state, Window window) const {
    const auto at = std::lower_bound(moves_.begin(), moves_.end(), state.locked_since);
    return at != moves_.end() && *at <= window.to;
}

/// A success: the effect, and that what was answered is what was there.
bool ItemModel::succeeds(ItemState &state, const Call &call, Window window) {
    const std::uint32_t before = state.value;
    if (call.action == Action::get)
        return state.present() && values_[state.value] == call.result && sees(state, call.result_cas);
    if (is_read(call.action)) {
        // Neither who asks whether it is there nor a replica knows of locks.
        if (!state.present() || !may_have(state, call.result_cas)) return false;
        state.cas = call.result_cas;
        return call.action == Action::exists || values_[state.value] == call.result;
    }
    if (!take_effect(state, call, window)) return false;
    switch (call.action) {
    case Action::get_and_touch: return values_[state.value] == call.result && sees(state, call.result_cas);
    case Action::touch: return sees(state, call.result_cas);
    case Action::lock:
        if (values_[before] != call.result) return false;
        break;
    case Action::increment:
    case Action::decrement:
        if (values_[state.value] != std::to_string(call.counter)) return false;
        break;
    case Action::remove:
    case Action::unlock: return true;
    default: break;
    }
    state.cas = call.result_cas;
    return true;
}

/// A refusal says something of the item.
bool ItemModel::refuses(const ItemState &state, const Call &call) const {
    if (is(call, errc::not_found)) {
        const bool needs_none = (call.action == Action::set && call.cas == 0) || call.action == Action::add ||
                                call.action == Action::append || call.action == Action::prepend || call.creates;
        return !state.present() && !needs_none;
    }
    if (is(call, errc::not_stored))
        return !state.present() && (call.action == Action::append || call.action == Action::prepend);
    if (!state.present()) return false;
    if (is(call, errc::delta_bad_value)) {
        std::uint64_t number = 0;
        return (call.action == Action::increment || call.action == Action::decrement) && !state.locked() &&
               !as_number(state.value, number);
    }
    if (!is(call, errc::exists)) return false;
    if (call.action == Action::add) return true;
    if (is_read(call.action) || call.action == Action::lock || call.action == Action::unlock) return false;
    if (state.locked()) return call.cas == 0 || state.cas != call.cas;
    return call.cas != 0 && state.cas != call.cas;
}

/// What a server does with the request; false where it would refuse.
bool ItemModel::take_effect(ItemState &state, const Call &call, Window window) {
    switch (call.action) {
    case Action::set:
    case Action::add:
    case Action::replace: return store(state, call, window);
    case Action::append:
    case Action::prepend: return extend(state, call);
    case Action::increment:
    case Action::decrement: return count(state, call, window);
    case Action::remove:
        if (!state.present() || !lets_change(state, call)) return false;
        state = {};
        return true;
    case Action::get_and_touch:
    case Action::touch:
        if (!state.present() || state.locked()) return false;
        expire_after(state, call.seconds, window);
        return true;
    case Action::lock:
        if (!state.present() || state.locked()) return false;
        state.cas = 0;
        state.locked_since = window.from;
        state.locked_from = later(window.from, call.seconds);
        state.locked_to = later(window.to, call.seconds);
        return true;
    case Action::unlock:
        if (!state.locked() || !may_have(state, call.cas)) return false;
        state.locked_since = state.locked_from = state.locked_to = 0;
        return true;
    default: return false;
    }
}

bool ItemModel::store(ItemState &state, const Call &call, Window window) {
    if (state.present() ? call.action == Action::add || !lets_change(state, call)
                        : call.action == Action::replace || call.cas != 0)
        return false;
    state = {};
    state.value = made(ItemState::kAbsent, call, [&] { return call.value; });
    expire_after(state, call.seconds, window);
    return true;
}

bool ItemModel::extend(ItemState &state, const Call &call) {
    if (!state.present() || !lets_change(state, call)) return false;
    state.value = made(state.value, call, [&] {
        const std::string &old = values_[state.value];
        return call.action == Action::append ? old + call.value : call.value + old;
    });
    state.cas = 0;
    state.locked_since = state.locked_from = state.locked_to = 0;
    return true;
}

bool ItemModel::count(ItemState &state, const Call &call, Window window) {
    std::uint64_t number = call.initial;
    if (state.present()) {
        if (!lets_change(state, call) || !as_number(state.value, number)) return false;
        if (call.action == Action::increment) number += call.delta;
        else number = number > call.delta ? number - call.delta : 0;
    } else {
        if (!call.creates) return false;
        expire_after(state, call.seconds, window);
    }
    state.value = intern(std::to_string(number));
    state.cas = 0;
    state.locked_since = state.locked_from = state.locked_to = 0;
    return true;
}

/// Whether a reader may be told this CAS; if nobody knew it, now it is known.
bool ItemModel::sees(ItemState &state, std::uint64_t cas) const {
    if (state.locked()) return cas == kLockedCas;
    if (!may_have(state, cas)) return false;
    state.cas = cas;
    return true;
}

bool ItemModel::may_have(const ItemState &state, std::uint64_t cas) const {
    return state.cas == cas || (state.cas == 0 && !told_.contains(cas));
}

bool ItemModel::lets_change(const ItemState &state, const Call &call) const {
    if (call.cas == 0) return !state.locked();
    return may_have(state, call.cas);
}

bool ItemModel::as_number(std::uint32_t value, std::uint64_t &number) const {
    const std::string &text = values_[value];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::uint32_t ItemModel::intern(std::string value) {
    const auto [at, is_new] = numbers_.try_emplace(std::move(value), static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(at->first);
    return at->second;
}

std::string ItemModel::describe(const ItemState &state) const {
    if (!state.present()) return "absent";
    std::string text = '"' + values_[state.value] + '"';
    if (state.cas != 0) text += fmt::format(" cas {:016x}", state.cas);
    if (state.expires_from != kNever) text += fmt::format(" expires from {}", state.expires_from);
    if (state.locked()) text += fmt::format(" locked until {} or later", state.locked_from);
    return text;
}

}  // namespace tenon::simulation

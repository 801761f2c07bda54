// SPDX-License-Identifier: Apache-2.0
#include "devcluster/store.hpp"

#include <algorithm>
#include <charconv>

namespace tenon::devcluster {
namespace {

using wire::Status;

/// So many removed items are remembered; then all are forgotten.
constexpr std::size_t kMostRemoved = 10'000;

/// Whether a change that asks for `expected_cas` may be made.
Status check(const Item &item, std::uint64_t expected_cas, std::uint64_t now) {
    if (item.locked(now)) return expected_cas == item.cas ? Status::ok : Status::locked;
    return expected_cas == 0 || expected_cas == item.cas ? Status::ok : Status::exists;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

void print_number(std::uint64_t number, std::string &out) {
    char text[20];
    out.assign(text, std::to_chars(text, text + sizeof text, number).ptr);
}

}  // namespace

Item &Store::insert(std::string_view key) {
    if (const auto at = removed_.find(key); at != removed_.end()) removed_.erase(at);
    return items_.emplace(key, Item{}).first->second;
}

void Store::erase(std::string_view key, std::uint64_t now) {
    const auto at = items_.find(key);
    if (at == items_.end()) return;
    items_.erase(at);
    if (removed_.size() >= kMostRemoved) removed_.clear();
    removed_.insert_or_assign(std::string(key), now);
}

std::optional<std::uint64_t> Store::removed_at(std::string_view key) const {
    const auto at = removed_.find(key);
    return at != removed_.end() ? std::optional(at->second) : std::nullopt;
}

void Store::change(Item &item, std::uint64_t now) {
    item.cas = cas_->next();
    item.changed_at = now;
    item.locked_until = 0;
    ++changes_;
}

Item *Store::find(std::string_view key, std::uint64_t now) {
    const auto at = items_.find(key);
    if (at == items_.end()) return nullptr;
    if (at->second.expires != 0 && at->second.expires <= now) {
        items_.erase(at);
        return nullptr;
    }
    return &at->second;
}

Store::Result Store::store(StoreMode mode, std::string_view key, const Content &content, std::uint64_t expected_cas,
                           std::uint64_t now) {
    Item *item = find(key, now);
    if (item == nullptr) {
        if (mode == StoreMode::replace || expected_cas != 0) return {Status::not_found};
        item = &insert(key);
    } else {
        if (mode == StoreMode::add) return {Status::exists};
        if (const Status status = check(*item, expected_cas, now); status != Status::ok) return {status};
    }
    item->value.assign(content.value);
    item->flags = content.flags;
    item->expires = content.expires;
    item->datatype = content.datatype;
    change(*item, now);
    return {Status::ok, item};
}

Store::Result Store::extend(bool in_front, std::string_view key, std::string_view bytes, std::uint64_t expected_cas,
                            std::size_t max_size, std::uint64_t now) {
    Item *const item = find(key, now);
    if (item == nullptr) return {Status::not_stored};
    if (const Status status = check(*item, expected_cas, now); status != Status::ok) return {status};
    if (item->value.size() + bytes.size() > max_size) return {Status::too_big};
    item->value.insert(in_front ? 0 : item->value.size(), bytes);
    change(*item, now);
    return {Status::ok, item};
}

Store::Result Store::count(std::string_view key, const Count &count, std::uint64_t expected_cas, std::uint64_t now,
                           std::uint64_t &number) {
    Item *item = find(key, now);
    if (item == nullptr) {
        if (!count.expires || expected_cas != 0) return {Status::not_found};
        item = &insert(key);
        item->expires = *count.expires;
        number = count.initial;
    } else {
        if (const Status status = check(*item, expected_cas, now); status != Status::ok) return {status};
        const std::optional<std::uint64_t> old = parse_number(item->value);
        if (!old) return {Status::delta_bad_value};
        if (count.down) number = *old > count.delta ? *old - count.delta : 0;
        else number = *old + count.delta;
    }
    print_number(number, item->value);
    change(*item, now);
    return {Status::ok, item};
}

Status Store::remove(std::string_view key, std::uint64_t expected_cas, std::uint64_t now) {
    const Item *const item = find(key, now);
    if (item == nullptr) return Status::not_found;
    if (const Status status = check(*item, expected_cas, now); status != Status::ok) return status;
    erase(key, now);
    ++changes_;
    return Status::ok;
}

Store::Result Store::touch(std::string_view key, std::uint64_t expires, std::uint64_t now) {
    Item *const item = find(key, now);
    if (item == nullptr) return {Status::not_found};
    if (item->locked(now)) return {Status::locked};
    item->expires = expires;
    item->changed_at = now;
    ++changes_;
    return {Status::ok, item};
}

Store::Result Store::lock(std::string_view key, std::uint64_t until, std::uint64_t now) {
    Item *const item = find(key, now);
    if (item == nullptr) return {Status::not_found};
    if (item->locked(now)) return {Status::locked};
    change(*item, now);
    item->locked_until = until;
    return {Status::ok, item};
}

Status Store::unlock(std::string_view key, std::uint64_t cas, std::uint64_t now) {
    Item *const item = find(key, now);
    if (item == nullptr) return Status::not_found;
    if (!item->locked(now)) return Status::temporary_failure;
    if (item->cas != cas) return Status::locked;
    item->locked_until = 0;
    return Status::ok;
}

void Store::clear() {
    items_.clear();
    ++changes_;
}

void Store::replicate(std::string_view key, const Item *item, std::uint64_t n, std::uint64_t now) {
    changes_ = n;
    if (item == nullptr) return erase(key, now);
    const auto at = items_.find(key);
    Item &copy = at != items_.end() ? at->second : insert(key);
    copy = *item;
    copy.changed_at = now;
    copy.locked_until = 0;
}

void Store::replicate_clear(std::uint64_t n) {
    items_.clear();
    changes_ = n;
}

void Store::copy(const Store &active) {
    *this = active;
    unlock_all();
}

void Store::unlock_all() {
    for (auto &[key, item] : items_) item.locked_until = 0;
}

std::vector<std::string> Store::difference(const Store &other) const {
    std::vector<std::string> keys;
    for (const auto &[key, item] : items_) {
        const auto there = other.items_.find(key);
        if (there == other.items_.end() || there->second != item) keys.push_back(key);
    }
    for (const auto &[key, item] : other.items_)
        if (!items_.contains(key)) keys.push_back(key);
    std::sort(keys.begin(), keys.end());  // the map's own order is nobody's promise
    return keys;
}

void Store::transfer(std::string_view key, Store &other) const {
    const auto here = items_.find(key);
    const Item *const item = here != items_.end() ? &here->second : nullptr;
    other.replicate(key, item, other.changes_, item != nullptr ? item->changed_at : removed_at(key).value_or(0));
}

}  // namespace tenon::devcluster

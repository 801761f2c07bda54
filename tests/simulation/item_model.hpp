// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "history.hpp"

namespace tenon::simulation {

/// What a reader of a locked item is told instead of its CAS.
inline constexpr std::uint64_t kLockedCas = ~std::uint64_t{0};

/// What one item may be at some point of an order of operations. Where only an interval is known (when a server looked
/// at its clock), both ends are kept.
struct ItemState {
    static constexpr std::uint32_t kAbsent = 0xffffffff;

    std::uint32_t value = kAbsent;       ///< number of a value in ItemModel
    std::uint64_t cas = 0;               ///< as it came; 0: nobody was told
    Time expires_from = kNever;          ///< gone not before …
    Time expires_to = kNever;            ///< … and at this time at the latest
    Time locked_since = 0;
    Time locked_from = 0;                ///< the lock is gone not before …
    Time locked_to = 0;                  ///< … and at this time at the latest; 0: not locked

    bool present() const { return value != kAbsent; }
    bool locked() const { return locked_to != 0; }
    bool operator==(const ItemState &) const = default;
};

/// When an operation took effect: somewhere in here.
struct Window {
    Time from = 0;
    Time to = kNever;
};

/// What a server's item does, as a function from states to states: the sequential specification that orders of
/// operations are judged by.
class ItemModel {
public:
    ItemModel();

    /// Makes a call known: its CAS belongs to it and to nothing else.
    void learn(const Call &call);
    /// Times when the vBucket changed nodes: a lock may have been left behind.
    void set_moves(std::vector<Time> moves) { moves_ = std::move(moves); }

    /// Appends to `next` each state that `call` may leave behind when it takes effect in `window` on `state`, with the
    /// outcome it had. If its outcome is not known, what would change nothing gives none.
    void apply(const ItemState &state, const Call &call, Window window, std::vector<ItemState> &next);

    /// "w12; (cas 5, expires …)"
    std::string describe(const ItemState &state) const;

private:
    bool take_effect(ItemState &state, const Call &call, Window window);
    bool succeeds(ItemState &state, const Call &call, Window window);
    bool refuses(const ItemState &state, const Call &call) const;

    bool sees(ItemState &state, std::uint64_t cas) const;
    bool may_have(const ItemState &state, std::uint64_t cas) const;
    bool lets_change(const ItemState &state, const Call &call) const;
    bool store(ItemState &state, const Call &call, Window window);
    bool extend(ItemState &state, const Call &call);
    bool count(ItemState &state, const Call &call, Window window);
    bool lock_may_be_lost(const ItemState &state, Window window) const;
    bool as_number(std::uint32_t value, std::uint64_t &number) const;
    std::uint32_t intern(std::string value);
    /// The value that `call` makes of another one, or (kAbsent) of none.
    template <class Make>
    std::uint32_t made(std::uint32_t from, const Call &call, Make make) {
        const auto [at, is_new] = made_.try_emplace(std::uint64_t{from} << 32 | call.id);
        if (is_new) at->second = intern(make());
        return at->second;
    }

    std::vector<std::string> values_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::unordered_map<std::uint64_t, std::uint32_t> made_;
    std::unordered_set<std::uint64_t> told_;  // every CAS that an answered change was given
    std::vector<Time> moves_;
};

/// Whether the operation's outcome is the server's word: success, or a status that says what the item was.
bool outcome_known(const Call &call);
/// Whether the answer tells the CAS of a change that this call made.
bool gives_cas(const Call &call);
/// Whether the server said that it did nothing, for reasons that have nothing to do with the item.
bool did_nothing(const Call &call);

}  // namespace tenon::simulation

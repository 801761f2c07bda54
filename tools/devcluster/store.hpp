// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wire/bytes.hpp"
#include "wire/protocol.hpp"

namespace tenon::devcluster {

/// Hands out CAS values: distinct, never 0, never the all-ones that stands for a locked item. In wire order: dumps of
/// the wire show them counting up.
class CasSource {
public:
    std::uint64_t next() { return wire::big_endian(++last_); }

private:
    std::uint64_t last_ = 0;
};

/// What a reader of a locked item sees instead of its CAS.
inline constexpr std::uint64_t kLockedCas = ~std::uint64_t{0};

struct Item {
    std::string value;
    std::uint64_t cas = 0;           ///< wire order
    std::uint64_t expires = 0;       ///< microseconds on the cluster's clock; 0: never
    std::uint64_t locked_until = 0;  ///< the same; 0: not locked
    std::uint64_t changed_at = 0;    ///< the same: here, which is later than at the owner if this is a replica
    std::uint32_t flags = 0;
    std::uint8_t datatype = 0;

    /// Whether they are one state of one item, wherever they are.
    bool operator==(const Item &o) const {
        return cas == o.cas && value == o.value && expires == o.expires && locked_until == o.locked_until &&
               flags == o.flags && datatype == o.datatype;
    }
    bool locked(std::uint64_t now) const { return locked_until > now; }
    std::uint64_t visible_cas(std::uint64_t now) const { return locked(now) ? kLockedCas : cas; }
};

enum class StoreMode : std::uint8_t { set, add, replace };

/// The items of one vBucket on one node. Items that have expired are dropped when somebody asks for them.
/// `now` is the cluster's clock in microseconds; `expected_cas` 0 asks for none. A locked item answers Status::locked
/// to everybody without its CAS; a change with it is a release of the lock too.
class Store {
public:
    struct Result {
        wire::Status status = wire::Status::ok;
        Item *item = nullptr;  ///< on ok; valid until the next call
    };

    struct Content {
        std::string_view value;
        std::uint64_t expires = 0;
        std::uint32_t flags = 0;
        std::uint8_t datatype = 0;
    };

    struct Count {
        std::uint64_t delta = 0;
        bool down = false;
        std::uint64_t initial = 0;
        std::optional<std::uint64_t> expires;  ///< of an item to be created; none: do not create
    };

    explicit Store(CasSource &cas) : cas_(&cas) {}

    /// Null if there is none.
    Item *find(std::string_view key, std::uint64_t now);

    Result store(StoreMode mode, std::string_view key, const Content &content, std::uint64_t expected_cas,
                 std::uint64_t now);
    /// Appends, or prepends if `in_front`; not_stored without an item, too_big if it would exceed `max_size`.
    Result extend(bool in_front, std::string_view key, std::string_view bytes, std::uint64_t expected_cas,
                  std::size_t max_size, std::uint64_t now);
    /// Counts up (around 2^64) or down (to 0, not below); `number` receives the new value.
    Result count(std::string_view key, const Count &count, std::uint64_t expected_cas, std::uint64_t now,
                 std::uint64_t &number);
    wire::Status remove(std::string_view key, std::uint64_t expected_cas, std::uint64_t now);
    Result touch(std::string_view key, std::uint64_t expires, std::uint64_t now);

    /// Locks for others and gives a new CAS, the key to the lock.
    Result lock(std::string_view key, std::uint64_t until, std::uint64_t now);
    /// locked with a wrong CAS, temporary_failure if the item is not locked.
    wire::Status unlock(std::string_view key, std::uint64_t cas, std::uint64_t now);

    /// When an item was removed that is not here; none if it never was, or long ago.
    std::optional<std::uint64_t> removed_at(std::string_view key) const;

    /// Removes everything.
    void clear();

    /// Counts the changes: those made here, or those made by the active vBucket up to what was replicated here.
    std::uint64_t changes() const { return changes_; }
    void set_changes(std::uint64_t n) { changes_ = n; }
    /// The active vBucket's n-th change comes at `now`: the item as it is there, without its lock; null removes it.
    void replicate(std::string_view key, const Item *item, std::uint64_t n, std::uint64_t now);
    void replicate_clear(std::uint64_t n);
    /// Everything that is in `active`, without locks.
    void copy(const Store &active);
    void unlock_all();

    /// For transfers from this active vBucket to `other`: the keys, in order, of what is different there.
    std::vector<std::string> difference(const Store &other) const;
    /// Brings `other` to what is here under `key`.
    void transfer(std::string_view key, Store &other) const;

    std::size_t size() const { return items_.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
    };

    Item &insert(std::string_view key);
    void erase(std::string_view key, std::uint64_t now);
    void change(Item &item, std::uint64_t now);

    std::unordered_map<std::string, Item, Hash, std::equal_to<>> items_;
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> removed_;  // when
    CasSource *cas_;
    std::uint64_t changes_ = 0;
};

}  // namespace tenon::devcluster

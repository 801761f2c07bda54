// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include <tenon/tenon.hpp>

#include "rig.hpp"

/// Every operation of the C++ face in one table, to be run against any servers.
namespace tenon::test {

/// What stands before each operation: item "k" with value "5", and nothing else.
struct Stand {
    std::uint64_t cas = 0;      ///< of the item, or of its lock where the row wants it locked
    std::uint16_t vbucket = 0;  ///< of the item
    unsigned owner = 0;         ///< index of its server
};

/// How many replies there are.
enum class Replies : std::uint8_t {
    one,
    servers,   ///< one of each server
    copies,    ///< one of each copy of the item
    replicas,  ///< one of each replica
    many,      ///< more than one, of one server
};

using Outcomes = std::vector<Outcome>;

struct Row {
    std::string name;  ///< Client's function
    std::function<std::error_code(Client &, const Stand &, Callback)> call;
    std::function<Outcomes(Client &, const Stand &)> block;
    std::function<Detached(Client &, const Stand &, Outcomes &)> await;
    Replies replies = Replies::one;
    std::error_code memcached = {};  ///< what a memcached from the distribution makes of it
    std::string value = {};          ///< of every reply; empty: whatever it is
    std::string item = "5";          ///< what "k" is afterwards; empty: gone
    std::function<void(Client &, const Stand &)> before = {}, after = {};
    bool locked = false;             ///< "k" is locked before
};

/// All rows. What manages one node goes to the item's owner.
std::vector<Row> operations();

}  // namespace tenon::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "handles.hpp"

namespace tenon::sim {

class Kernel;

/// Names and the questions after them.
class Names {
public:
    explicit Names(Kernel &kernel) : kernel_(kernel) {}

    void set(std::string_view name, std::vector<std::uint32_t> addresses);
    void silence(std::string_view name);

    Query &ask(Table &table, std::string name, int family, void *arg, tenon_io_resolve_handler handler);
    void forget(Query &query);
    Query *find(void *handle, const Table &table) { return Handles<Query>::find(handle, table); }
    void forget_all(const Table &table);

    bool is_current(std::uint32_t index, std::uint32_t ticket) { return queries_[index].ticket == ticket; }
    void on_answer(std::uint32_t index);
    /// Calls the asker, from its table's turn.
    void answer(std::uint32_t index);

private:
    struct Name {
        std::vector<std::uint32_t> addresses;
        bool silent = false;
    };

    Kernel &kernel_;
    std::map<std::string, Name, std::less<>> names_;
    Handles<Query> queries_;
};

}  // namespace tenon::sim

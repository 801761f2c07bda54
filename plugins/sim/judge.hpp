// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a table's calls answer, and how what C hands over is judged before anything happens.

#include <cerrno>
#include <string>

#include "kernel.hpp"

namespace tenon::sim {

inline Table &of(tenon_io_ops *io) { return *static_cast<Table *>(io->cookie); }

inline int failed(Table &table, int error) {
    table.ops.error = error;
    return -1;
}

inline int misused(Table &table, int error, const std::string &what) {
    table.violation(what);
    return failed(table, error);
}

/// The table's open socket of that number; else null, and a breach.
inline Socket *find_socket(Table &table, int number, const char *call) {
    Socket *const socket = table.kernel.sockets.find(number);
    if (socket != nullptr && socket->table == &table && !table.destroyed) return socket;
    misused(table, EBADF, std::string(call) + " of socket " + std::to_string(number) +
                              (socket == nullptr ? ", which is not open" : ", which is another table's"));
    return nullptr;
}

/// The table's living handle; else null, and a breach.
template <typename T>
T *find_handle(Table &table, void *handle, const char *call) {
    T *const found = table.destroyed ? nullptr : Handles<T>::find(handle, table);
    if (found == nullptr)
        misused(table, EINVAL,
                std::string(call) + ": the handle was destroyed, is null, another table's or of another kind");
    return found;
}

/// Fills in the calls that concern sockets.
void fill_socket_calls(tenon_io_ops &ops);

}  // namespace tenon::sim

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "devcluster/bucket.hpp"
#include "devcluster/data_connection.hpp"
#include "devcluster/node.hpp"
#include "devcluster/store.hpp"
#include "wire/frame.hpp"

namespace tenon::devcluster {

/// One request while it is executed: what it is about, and how it is answered.
struct Request {
    DataConnection &connection;
    const wire::Frame &frame;
    wire::Opcode command;  ///< the form that always answers
    bool quiet;            ///< answers only failures, or for reads only what is found
    std::uint64_t now;     ///< the cluster's clock, microseconds

    Bucket *bucket = nullptr;    ///< where the command is about one
    VBucket *vbucket = nullptr;  ///< the active one, where the command needs it

    Node &node() const { return connection.node(); }
    Cluster &cluster() const { return connection.node().cluster(); }

    struct Answer {
        std::span<const std::byte> extras = {};
        std::string_view key = {};
        std::span<const std::byte> value = {};
        std::uint64_t cas = 0;
        std::uint8_t datatype = 0;
    };
    /// Success with something to tell.
    void answer(const Answer &answer) const;
    /// Success of a change; a quiet one says nothing.
    void done(std::uint64_t cas = 0) const {
        if (!quiet) answer({.cas = cas});
    }
    /// Failure; the body is the status in words, or the map for a vBucket that is not here. Status::locked is put as
    /// the client knows it.
    void refuse(wire::Status status) const;

    /// Tells the replicas of the vBucket what became of the frame's key; null: it was removed.
    void replicate(const Item *item) const;
};

}  // namespace tenon::devcluster

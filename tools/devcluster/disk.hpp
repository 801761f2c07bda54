// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tenon::devcluster {

/// What a node has written to disk of a bucket: nothing really, but it tells when a change would be there. Times are
/// microseconds on the cluster's clock.
class Disk {
public:
    /// A change takes so long to get there.
    explicit Disk(std::uint64_t lag = 0) : lag_(lag) {}

    void stop(std::uint64_t now) {
        if (!stopped_) stopped_at_ = now;
        stopped_ = true;
    }
    void start(std::uint64_t now) {
        if (stopped_) started_at_ = now;
        stopped_ = false;
    }
    bool stopped() const { return stopped_; }

    /// Whether a change made then is on disk now.
    bool has(std::uint64_t changed_at, std::uint64_t now) const {
        if (stopped_at_ != 0 && changed_at + lag_ <= stopped_at_) return true;
        if (stopped_) return false;
        return (changed_at > started_at_ ? changed_at : started_at_) + lag_ <= now;
    }

private:
    std::uint64_t lag_;
    std::uint64_t stopped_at_ = 0;  ///< the last time; 0: never
    std::uint64_t started_at_ = 0;
    bool stopped_ = false;
};

}  // namespace tenon::devcluster

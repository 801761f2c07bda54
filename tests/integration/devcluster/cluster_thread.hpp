// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include <tenon/io.h>

#include "devcluster/cluster.hpp"
#include "ops.hpp"

namespace tenon::test {

/// A devcluster on a thread and a table of its own, so that a test may talk to it with plain blocking sockets. Its
/// clock can be moved on. One at a time.
class ClusterThread {
public:
    explicit ClusterThread(devcluster::Options options = {}) {
        std::promise<void> ready;
        std::future<void> started = ready.get_future();
        thread_ = std::thread([this, options = std::move(options), &ready] { serve(options, ready); });
        try {
            started.get();
        } catch (...) {
            thread_.join();
            throw;
        }
    }
    ClusterThread(const ClusterThread &) = delete;
    ClusterThread &operator=(const ClusterThread &) = delete;
    ~ClusterThread() {
        ops::post(io_, [](void *self) {
            tenon_io_ops *const io = static_cast<ClusterThread *>(self)->io_;
            io->stop_event_loop(io);
        }, this);
        thread_.join();
    }

    /// Runs `work` on the cluster's thread and waits for it.
    void run(const std::function<void(devcluster::Cluster &)> &work) {
        struct Task {
            ClusterThread &self;
            const std::function<void(devcluster::Cluster &)> &work;
            std::promise<void> done;
        } task{*this, work, {}};
        std::future<void> done = task.done.get_future();
        ops::post(io_, [](void *arg) {
            Task &t = *static_cast<Task *>(arg);
            t.work(*t.self.cluster_);
            t.done.set_value();
        }, &task);
        done.get();
    }

    std::uint16_t data_port(unsigned node = 0) {
        std::uint16_t port = 0;
        run([&](devcluster::Cluster &c) { port = c.data_port(node); });
        return port;
    }
    std::uint16_t management_port(unsigned index = 0) {
        std::uint16_t port = 0;
        run([&](devcluster::Cluster &c) { port = c.management_port(index); });
        return port;
    }

    /// Lets the cluster's clock (not its timers) jump ahead.
    static void advance(std::uint64_t seconds) { skipped += seconds * 1'000'000; }

private:
    void serve(const devcluster::Options &options, std::promise<void> &ready) {
        if (tenon_create_io_ops(&io_, nullptr) != TENON_IO_OK) {
            ready.set_exception(std::make_exception_ptr(std::runtime_error(tenon_io_error_message())));
            return;
        }
        plugin_now = io_->now;
        io_->now = [](tenon_io_ops *io) { return plugin_now(io) + skipped; };
        {
            devcluster::Cluster cluster(io_, options);
            cluster_ = &cluster;
            if (const Error error = cluster.start()) {
                ready.set_exception(std::make_exception_ptr(std::runtime_error(error.message)));
            } else {
                ready.set_value();
                io_->run_event_loop(io_);
            }
        }
        tenon_destroy_io_ops(io_);
    }

    static inline std::atomic<std::uint64_t> skipped = 0;
    static inline std::uint64_t (*plugin_now)(tenon_io_ops *) = nullptr;

    tenon_io_ops *io_ = nullptr;
    devcluster::Cluster *cluster_ = nullptr;
    std::thread thread_;
};

}  // namespace tenon::test

// SPDX-License-Identifier: Apache-2.0
// A client lives on one thread; others hand it work through the table's `post`. Usage: threads [HOST:PORT [BUCKET]]
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <tenon/tenon.hpp>

namespace {

constexpr int kWriters = 4;

/// The client, and what it is told by other threads. All of it but `post` belongs to the thread that runs the loop.
class Store {
public:
    Store(const tenon::io &io, const tenon::Options &options) : io_(io), client_(io, options) { client_.connect(); }

    // #region put
    /// From any thread: what to do travels to the loop's thread, which alone touches the client.
    void put(std::string key, std::string value) {
        auto job = std::make_unique<Job>(Job{this, std::move(key), std::move(value)});
        const auto run = [](void *arg) {
            const std::unique_ptr<Job> mine(static_cast<Job *>(arg));
            Store *const store = mine->store;
            const auto done = [store](const tenon::Reply &reply) { store->on_done(reply.error); };
            const std::error_code refused = store->client_.set(mine->key, mine->value, done);
            if (refused) store->on_done(refused);  // at once: then `done` is not called
        };
        if (io_->post(io_.get(), run, job.get()) == 0) (void)job.release();  // `run` takes it over
    }
    // #endregion

    int stored() const { return stored_; }

private:
    struct Job {
        Store *store;
        std::string key, value;
    };

    void on_done(std::error_code error) {
        if (error) std::cerr << error.message() << '\n';
        else ++stored_;
        if (++answered_ == kWriters) io_.stop();
    }

    const tenon::io &io_;
    tenon::Client client_;
    int answered_ = 0;
    int stored_ = 0;
};

}  // namespace

int main(int argc, char **argv) {
    const tenon::io io = tenon::io::load("epoll");  // every plugin of ours has `post`
    tenon::Options options;
    options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
    options.bucket = argc > 2 ? argv[2] : "default";
    Store store(io, options);

    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i)
        writers.emplace_back([&store, i] { store.put("written-by-" + std::to_string(i), "hello"); });
    io.run();  // this thread's loop, until all is stored
    for (std::thread &writer : writers) writer.join();
    std::cout << store.stored() << " stored\n";
    return store.stored() == kWriters ? 0 : 1;
}

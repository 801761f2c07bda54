// SPDX-License-Identifier: Apache-2.0
// Stores documents, reads them back, compares each, and prints one row: the plugin, operations, operations a second,
// the 99th percentile of their latency, errors. Ends with 0 if there were none.
// Usage: store_and_read HOST:PORT BUCKET PLUGIN [DOCUMENTS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <tenon/tenon.hpp>

namespace {

using Clock = std::chrono::steady_clock;

/// A document's text: different for each number, of many lengths.
std::string text_of(std::size_t number) {
    std::string text = "document " + std::to_string(number) + ": ";
    return text.append(number * 7919 % 997, static_cast<char>('a' + number % 26));
}

/// Keeps a window of operations in flight: each completion schedules the next one.
class StoreAndRead {
public:
    StoreAndRead(tenon::Client &client, std::size_t documents) : client_(client), documents_(documents) {
        latencies_.reserve(2 * documents);
    }

    void run() {
        for (const bool read : {false, true}) {
            next_ = 0;
            reading_ = read;
            {
                const tenon::Batch together(client_);
                for (std::size_t i = 0; i < std::min(kWindow, documents_); ++i) schedule();
            }
            client_.wait();
        }
    }

    std::size_t errors() const { return errors_; }
    std::size_t operations() const { return latencies_.size(); }
    /// Microseconds.
    double p99() {
        if (latencies_.empty()) return 0;
        const auto at = latencies_.begin() + static_cast<std::ptrdiff_t>(latencies_.size() * 99 / 100);
        std::nth_element(latencies_.begin(), at, latencies_.end());
        return std::chrono::duration<double, std::micro>(*at).count();
    }

private:
    static constexpr std::size_t kWindow = 200;

    void schedule() {
        const std::size_t number = next_++;
        const std::string key = "document-" + std::to_string(number);
        auto done = [this, number, start = Clock::now()](const tenon::Reply &reply) { complete(number, start, reply); };
        const std::string text = reading_ ? std::string() : text_of(number);
        const auto error = reading_ ? client_.get(key, done) : client_.set(key, text, done);
        if (error) fail(key, error.message());
    }

    void complete(std::size_t number, Clock::time_point start, const tenon::Reply &reply) {
        latencies_.push_back(Clock::now() - start);
        if (reply.error)
            fail(reply.key, reply.error.message() + ' ' + std::string(reply.detail));
        else if (reading_ && reply.text() != text_of(number))
            fail(reply.key, "reads back differently");
        if (next_ < documents_) schedule();
    }

    void fail(std::string_view key, const std::string &why) {
        if (errors_++ < 5) std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(key.size()), key.data(), why.c_str());
    }

    tenon::Client &client_;
    std::size_t documents_;
    bool reading_ = false;
    std::size_t next_ = 0;
    std::size_t errors_ = 0;
    std::vector<Clock::duration> latencies_;
};

}  // namespace

int main(int argc, char **argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: store_and_read HOST:PORT BUCKET PLUGIN [DOCUMENTS]\n");
        return 2;
    }
    const std::string plugin = argv[3];
    const std::size_t documents = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 20000;
    try {
        const tenon::io io = tenon::io::load(plugin);
        tenon::Options options;
        options.hosts = {argv[1]};
        options.bucket = argv[2];
        tenon::Client client(io, options);
        if (client.connect() || client.wait()) {
            std::fprintf(stderr, "%s: %s\n", plugin.c_str(), client.error_message().c_str());
            return 1;
        }
        StoreAndRead work(client, documents);
        const auto start = Clock::now();
        work.run();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        std::printf("%-12s %10zu %12.0f %10.0f %8zu\n", plugin.c_str(), work.operations(),
                    static_cast<double>(work.operations()) / seconds, work.p99(), work.errors());
        return work.errors() == 0 && work.operations() == 2 * documents ? 0 : 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s: %s\n", plugin.c_str(), error.what());
        return 1;
    }
}

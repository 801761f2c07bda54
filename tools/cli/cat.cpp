// SPDX-License-Identifier: Apache-2.0
//
// tenon cat KEY...: prints documents as they are stored.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cluster.hpp"
#include "subcommand.hpp"

namespace tenon::cli {
namespace {

struct Cat {
    Cluster cluster;
    std::vector<std::string> keys;
};

/// Prints the documents in the order they were asked for, each as soon as those in front of it are printed.
class Printer {
public:
    explicit Printer(const std::vector<std::string> &keys) : keys_(keys), documents_(keys.size()) {}

    void take(std::size_t index, const Reply &reply) {
        if (reply.error) return fail(index, reply.error, reply.detail);
        Document &document = documents_[index];
        document.known = true;
        document.value = reply.text();
        document.flags = reply.flags();
        document.cas = reply.cas;
        print();
    }

    void fail(std::size_t index, std::error_code error, std::string_view detail) {
        Document &document = documents_[index];
        document.known = true;
        document.failure = detail.empty() ? error.message() : fmt::format("{} ({})", error.message(), detail);
        failed_ = true;
        print();
    }

    bool failed() const { return failed_; }

private:
    struct Document {
        bool known = false;
        std::string failure;
        std::string value;
        std::uint32_t flags = 0;
        std::uint64_t cas = 0;
    };

    void print() {
        for (; next_ < keys_.size() && documents_[next_].known; ++next_) {
            const Document document = std::move(documents_[next_]);
            if (!document.failure.empty()) {
                fmt::print(stderr, "\"{}\": {}\n", keys_[next_], document.failure);
                continue;
            }
            // The CAS as the number a program gets, so that it can be compared with what one has printed.
            fmt::print("\"{}\" Size:{} Flags:{:x} CAS:{:x}\n", keys_[next_], document.value.size(), document.flags,
                       document.cas);
            std::fwrite(document.value.data(), 1, document.value.size(), stdout);
            std::fputc('\n', stdout);
        }
    }

    const std::vector<std::string> &keys_;
    std::vector<Document> documents_;
    std::size_t next_ = 0;
    bool failed_ = false;
};

int run(const Cat &cat) {
    const io loop = cat.cluster.load_io();
    Printer printer(cat.keys);
    Client client(loop, cat.cluster.client_options());
    if (!connect(client)) return 1;
    {
        const Batch batch(client);
        for (std::size_t i = 0; i < cat.keys.size(); ++i) {
            const auto on_reply = [&printer, i](const Reply &reply) { printer.take(i, reply); };
            if (const std::error_code error = client.get(cat.keys[i], on_reply)) printer.fail(i, error, {});
        }
    }
    client.wait();  // each failure was told with its key
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        std::perror("tenon: standard output");
        return 1;
    }
    return printer.failed() ? 1 : 0;
}

}  // namespace

void add_cat(CLI::App &app, int &status) {
    auto cat = std::make_shared<Cat>();
    CLI::App &command = *app.add_subcommand("cat", "Print documents: a line with size, flags and CAS, then the value");
    cat->cluster.describe(command);
    command.add_option("KEY", cat->keys, "Keys of the documents")->required();
    command.callback([cat, &status] { status = run(*cat); });
}

}  // namespace tenon::cli

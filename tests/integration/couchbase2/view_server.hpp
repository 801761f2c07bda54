// SPDX-License-Identifier: Apache-2.0
/// @file
/// A node's view port, with a map that names it: a thread of the test's own.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tenon::test {

/// Answers every question for a map with the one of a devcluster, in which views are here; and views with what a test
/// says.
class ViewServer {
public:
    /// `management`: the devcluster's address.
    explicit ViewServer(const std::string &management);
    ViewServer(const ViewServer &) = delete;
    ViewServer &operator=(const ViewServer &) = delete;
    ~ViewServer();

    /// "127.0.0.1:port", for lcb_create.
    std::string address() const;

    /// The answer to the next queries, sent piece by piece. Without pieces there is none.
    void answer(std::string status, std::vector<std::string> pieces);
    /// The queries so far, each a whole request.
    std::vector<std::string> queries() const;

private:
    void serve();
    void take(int sock);
    void send_view(int sock);

    std::string map_;
    int listener_ = -1;
    unsigned short port_ = 0;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::string status_ = "200 OK";
    std::vector<std::string> pieces_;
    std::vector<std::string> queries_;
    std::vector<int> open_;
    std::thread thread_;
};

}  // namespace tenon::test

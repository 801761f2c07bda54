// SPDX-License-Identifier: Apache-2.0
#include "view_server.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tenon::test {
namespace {

sockaddr_in loopback(unsigned short port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void send_all(int sock, std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = ::send(sock, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

/// The body of an answer, over a connection that ends with it.
std::string fetch(const std::string &address, const std::string &path) {
    const auto port = static_cast<unsigned short>(std::atoi(address.c_str() + address.rfind(':') + 1));
    const int sock = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in to = loopback(port);
    std::string answer;
    if (::connect(sock, reinterpret_cast<const sockaddr *>(&to), sizeof to) == 0) {
        send_all(sock, "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n");
        char buffer[4096];
        for (ssize_t got; (got = ::recv(sock, buffer, sizeof buffer, 0)) > 0;)
            answer.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(sock);
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == answer.npos) throw std::runtime_error("no answer from " + address);
    return answer.substr(head + 4);
}

/// A request is whole.
bool whole(const std::string &request) {
    const std::size_t head = request.find("\r\n\r\n");
    if (head == request.npos) return false;
    const std::size_t length = request.find("Content-Length: ");
    return length > head || request.size() >= head + 4 + std::strtoul(request.c_str() + length + 16, nullptr, 10);
}

}  // namespace

ViewServer::ViewServer(const std::string &management) : map_(fetch(management, "/pools/default/b/default")) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr *>(&address), length) != 0 || ::listen(listener_, 16) != 0)
        throw std::runtime_error("no port for views");
    ::getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &length);
    port_ = ntohs(address.sin_port);
    const std::string field = "\"mgmt\":";
    const std::size_t services = map_.find(field);
    if (services == map_.npos) throw std::runtime_error("a map without services: " + map_);
    map_.insert(services, "\"capi\":" + std::to_string(port_) + ",");
    thread_ = std::thread([this] { serve(); });
}

ViewServer::~ViewServer() {
    stopping_ = true;
    thread_.join();
    for (const int sock : open_) ::close(sock);
    ::close(listener_);
}

std::string ViewServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void ViewServer::answer(std::string status, std::vector<std::string> pieces) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
    pieces_ = std::move(pieces);
}

std::vector<std::string> ViewServer::queries() const {
    const std::lock_guard lock(mutex_);
    return queries_;
}

void ViewServer::serve() {
    while (!stopping_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, 10) != 1) continue;
        if (const int sock = ::accept(listener_, nullptr, nullptr); sock >= 0) take(sock);
    }
}

void ViewServer::take(int sock) {
    std::string request;
    char buffer[4096];
    while (!whole(request)) {
        pollfd waiting{sock, POLLIN, 0};
        if (::poll(&waiting, 1, 1000) != 1) break;
        const ssize_t got = ::recv(sock, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
    }
    if (request.find("/_view/") == request.npos && request.find("/_spatial/") == request.npos) {
        send_all(sock, "HTTP/1.1 200 OK\r\n\r\n" + map_ + "\n\n\n\n");
        open_.push_back(sock);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        queries_.push_back(request);
    }
    send_view(sock);
}

void ViewServer::send_view(int sock) {
    std::string status;
    std::vector<std::string> pieces;
    {
        const std::lock_guard lock(mutex_);
        status = status_;
        pieces = pieces_;
    }
    if (pieces.empty()) return open_.push_back(sock);
    send_all(sock, "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
    for (const std::string &piece : pieces) {
        send_all(sock, piece);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::close(sock);
}

}  // namespace tenon::test

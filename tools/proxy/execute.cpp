// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <utility>

#include "connection.hpp"
#include "stats_merge.hpp"
#include "wire/bytes.hpp"
#include "wire/opcode.hpp"

namespace tenon::proxy {
namespace {

using wire::Opcode;
using wire::Status;

/// Clients ask for the version to see whether a server is alive: that must not take longer than they wait.
constexpr std::chrono::milliseconds kVersionTimeout{500};

std::uint32_t number_in(std::span<const std::byte> extras) {
    return extras.size() == 4 ? wire::load<std::uint32_t>(extras.data()) : 0;
}

/// What several servers' replies come to: the first failure, if one of them failed.
struct AllOrFailure {
    Outcome failure;

    void add(const Reply &reply) {
        if (failure.status != Status::ok || !reply.error) return;
        failure = outcome_of(reply);
        // The reply's own words do not live until the last server has answered.
        failure.text = memcached_text(failure.status);
        if (failure.text.empty()) failure.text = "Not every server has done it";
    }
};

}  // namespace

void Connection::execute(const wire::Frame &request) {
    Ticket &ticket = answers_.open(request.opcode, request.opaque,
                                   request.extras.size() + request.key.size() + request.value.size());
    switch (route(request.opcode)) {
    case Route::here:
        if (wire::loud(request.opcode) == Opcode::quit) phase_ = Phase::answering;
        return answer_outcome(ticket, {});
    case Route::owner: return forward(ticket, request);
    case Route::flush: return flush(ticket, request);
    case Route::stat: return stat(ticket, request);
    case Route::version: return version(ticket);
    }
}

void Connection::forward(Ticket &ticket, const wire::Frame &request) {
    Command command;
    command.opcode = static_cast<std::uint8_t>(forwarded(request.opcode));
    command.datatype = request.datatype;
    command.cas = request.cas;
    command.extras = request.extras;
    command.key = request.key;
    command.value = request.value;
    auto on_reply = [self = shared_from_this(), &ticket](const Reply &reply) { self->answer_reply(ticket, reply); };
    const std::error_code error = client_.request(command, std::move(on_reply));
    if (error) answer_outcome(ticket, outcome_of(error));
}

void Connection::flush(Ticket &ticket, const wire::Frame &request) {
    auto on_reply = [self = shared_from_this(), &ticket, all = AllOrFailure{}](const Reply &reply) mutable {
        all.add(reply);
        if (reply.last) self->answer_outcome(ticket, all.failure);
    };
    const std::error_code error = client_.flush(number_in(request.extras), std::move(on_reply));
    if (error) answer_outcome(ticket, outcome_of(error));
}

/// The statistics of the servers that answer, merged; how many they are is told as two statistics of the proxy's own.
/// It fails only if no server answers, as the first one of them does.
void Connection::stat(Ticket &ticket, const wire::Frame &request) {
    struct Progress {
        explicit Progress(std::string_view group) : merge(group), all_servers(group.empty()) {}
        StatsMerge merge;
        bool all_servers;
        unsigned answered = 0, failed = 0;
        AllOrFailure all;
    };
    auto on_reply = [self = shared_from_this(), &ticket,
                     progress = std::make_unique<Progress>(request.key)](const Reply &reply) {
        Progress &p = *progress;
        if (reply.error) {
            p.all.add(reply);
            ++p.failed;
        } else if (reply.key.empty()) {
            ++p.answered;
        } else {
            p.merge.add(reply.key, reply.text());
        }
        if (!reply.last) return;
        if (p.answered == 0) return self->answer_outcome(ticket, p.all.failure);
        if (p.all_servers) {
            p.merge.add("proxy_servers", std::to_string(p.answered + p.failed));
            p.merge.add("proxy_servers_answered", std::to_string(p.answered));
        }
        for (const auto &[name, value] : p.merge.result())
            self->answers_.put(ticket, {.key = name, .value = wire::as_bytes(value)});
        self->answers_.put(ticket, {});
        self->finish(ticket);
    };
    const std::error_code error = client_.stats(request.key, std::move(on_reply));
    if (error) answer_outcome(ticket, outcome_of(error));
}

/// The first server that answers speaks for all: one that is dead is not waited for.
void Connection::version(Ticket &ticket) {
    auto on_reply = [self = shared_from_this(), waiting = &ticket](const Reply &reply) mutable {
        if (waiting == nullptr || (reply.error && !reply.last)) return;
        self->answer_reply(*std::exchange(waiting, nullptr), reply);
    };
    const std::error_code error = client_.version(std::move(on_reply), {.timeout = kVersionTimeout});
    if (error) answer_outcome(ticket, outcome_of(error));
}

void Connection::answer_reply(Ticket &ticket, const Reply &reply) {
    if (reply.error) {
        const Outcome outcome = outcome_of(reply);
        // A miss of getk tells the key, and no words.
        if (outcome.status != Status::not_found || !answers_with_key(ticket.opcode))
            return answer_outcome(ticket, outcome);
        if (!is_silent(ticket.opcode, outcome.status))
            answers_.put(ticket, {.status = outcome.status, .key = reply.key});
        return finish(ticket);
    }
    expected_answer_ = std::max(reply.value.size(), expected_answer_ - expected_answer_ / 8);
    if (!is_silent(ticket.opcode, Status::ok)) {
        answers_.put(ticket, {.datatype = reply.datatype,
                              .cas = reply.cas,
                              .extras = reply.extras,
                              .key = answers_with_key(ticket.opcode) ? reply.key : std::string_view(),
                              .value = reply.value});
    }
    finish(ticket);
}

void Connection::answer_outcome(Ticket &ticket, const Outcome &outcome) {
    if (!is_silent(ticket.opcode, outcome.status))
        answers_.put(ticket, {.status = outcome.status, .value = wire::as_bytes(outcome.text)});
    finish(ticket);
}

void Connection::finish(Ticket &ticket) {
    answers_.finish(ticket);
    settle();
}

}  // namespace tenon::proxy

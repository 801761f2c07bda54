// SPDX-License-Identifier: Apache-2.0
#include "deliver.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "error.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {
namespace {

template <class Response>
void call3(lcb_t instance, lcb_RESPCALLBACK callback, lcb_CALLBACKTYPE type, const Response &response) {
    callback(instance, type, reinterpret_cast<const lcb_RESPBASE *>(&response));
}

// Responses of the versions before, from those of version 3
// ---------------------------------------------------------------------------------------------------------------------

template <class Old, class Response>
Old with_key(const Response &response) {
    Old old{};
    old.v.v0.key = response.key;
    old.v.v0.nkey = response.nkey;
    return old;
}

/// The callbacks whose response is a key and a CAS.
template <class Old, class Callback>
void call_with_cas(lcb_t instance, Callback callback, const lcb_RESPBASE &response) {
    auto old = with_key<Old>(response);
    if constexpr (requires { old.v.v0.cas; }) old.v.v0.cas = response.cas;
    callback(instance, response.cookie, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE type, const lcb_RESPBASE &response) {
    switch (type) {
    case LCB_CALLBACK_TOUCH:
        return call_with_cas<lcb_touch_resp_t>(instance, instance->callbacks.touch, response);
    case LCB_CALLBACK_REMOVE:
        return call_with_cas<lcb_remove_resp_t>(instance, instance->callbacks.remove, response);
    default: return call_with_cas<lcb_unlock_resp_t>(instance, instance->callbacks.unlock, response);
    }
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE, const lcb_RESPGET &response) {
    auto old = with_key<lcb_get_resp_t>(response);
    old.v.v0.bytes = response.value;
    old.v.v0.nbytes = response.nvalue;
    old.v.v0.flags = response.itmflags;
    old.v.v0.cas = response.cas;
    old.v.v0.datatype = response.datatype;
    instance->callbacks.get(instance, response.cookie, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE, const lcb_RESPSTORE &response) {
    auto old = with_key<lcb_store_resp_t>(response);
    old.v.v0.cas = response.cas;
    instance->callbacks.store(instance, response.cookie, response.op, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE, const lcb_RESPCOUNTER &response) {
    auto old = with_key<lcb_arithmetic_resp_t>(response);
    old.v.v0.value = response.value;
    old.v.v0.cas = response.cas;
    instance->callbacks.arithmetic(instance, response.cookie, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE, const lcb_RESPSTATS &response) {
    auto old = with_key<lcb_server_stat_resp_t>(response);
    old.v.v0.server_endpoint = response.server;
    old.v.v0.bytes = response.value;
    old.v.v0.nbytes = response.nvalue;
    instance->callbacks.stat(instance, response.cookie, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE, const lcb_RESPMCVERSION &response) {
    lcb_server_version_resp_t old{};
    old.v.v0.server_endpoint = response.server;
    old.v.v0.vstring = response.mcversion;
    old.v.v0.nvstring = response.nversion;
    instance->callbacks.version(instance, response.cookie, response.rc, &old);
}

void call_old(lcb_t instance, lcb_CALLBACKTYPE type, const lcb_RESPSERVERBASE &response) {
    if (type == LCB_CALLBACK_VERBOSITY) {
        lcb_verbosity_resp_t old{};
        old.v.v0.server_endpoint = response.server;
        instance->callbacks.verbosity(instance, response.cookie, response.rc, &old);
    } else {
        lcb_flush_resp_t old{};
        old.v.v0.server_endpoint = response.server;
        instance->callbacks.flush(instance, response.cookie, response.rc, &old);
    }
}

// ---------------------------------------------------------------------------------------------------------------------

/// `make` makes the response: in each branch, so that the one that is translated never stands in memory.
template <class Make>
void call(lcb_t instance, lcb_CALLBACKTYPE type, Make make) {
    if (const lcb_RESPCALLBACK callback = callback_of(instance, type))
        call3(instance, callback, type, make());
    else
        call_old(instance, type, make());
}

lcb_U16 by_client(const Reply &reply) { return reply.error && reply.status == 0 ? LCB_RESP_F_CLIENTGEN : 0; }

template <class Response>
Response item_response(const void *cookie, const Reply &reply, lcb_error_t error) {
    auto response = response_of<Response>(cookie, error, reply.last);
    response.rflags = static_cast<lcb_U16>(response.rflags | by_client(reply));
    response.key = reply.key.data();
    response.nkey = reply.key.size();
    if (reply) response.cas = reply.cas;
    return response;
}

/// One server's reply, or nothing at all: the end.
template <class Response>
void tell(const ServersDone &done, lcb_error_t error, const Reply *reply) {
    auto response = response_of<Response>(done.cookie, error, reply == nullptr);
    std::string server;
    if (reply != nullptr) {
        response.rflags = by_client(*reply);
        server = reply->server;
        response.server = server.c_str();
        if (*reply) {
            if constexpr (requires { response.mcversion; }) {
                response.mcversion = reply->text().data();
                response.nversion = reply->value.size();
            }
            if constexpr (requires { response.value; }) {
                if (reply->key.empty()) return;  // the end of this server's statistics
                response.key = reply->key.data();
                response.nkey = reply->key.size();
                response.value = reply->text().data();
                response.nvalue = reply->value.size();
            }
        }
    }
    call(done.instance, done.type, [&] { return response; });
}

void tell(const ServersDone &done, lcb_error_t error, const Reply *reply) {
    done.instance->last_error = error;
    switch (done.type) {
    case LCB_CALLBACK_STATS: return tell<lcb_RESPSTATS>(done, error, reply);
    case LCB_CALLBACK_VERSIONS: return tell<lcb_RESPMCVERSION>(done, error, reply);
    default: return tell<lcb_RESPSERVERBASE>(done, error, reply);
    }
}

void end(const ServersDone &done, lcb_error_t error) {
    if (std::exchange(*done.ended, true)) return;
    record(done.instance, done.started);
    tell(done, error, nullptr);
}

}  // namespace

lcb_error_t outcome_of(lcb_t instance, const Reply &reply) {
    const lcb_error_t error = to_lcb(reply.error);
    return error == LCB_UNKNOWN_MEMCACHED_ERROR ? instance->callbacks.errmap(instance, reply.status) : error;
}

lcb_RESPGET get_response(const void *cookie, const Reply &reply, lcb_error_t error) {
    auto response = item_response<lcb_RESPGET>(cookie, reply, error);
    if (reply) {
        response.value = reply.value.data();
        response.nvalue = reply.value.size();
        response.itmflags = reply.flags();
        response.datatype = reply.datatype;
    }
    return response;
}

void record_since(lcb_t instance, std::uint64_t started) {
    if (!instance->histogram) return;
    const std::uint64_t now = lcb_nstime();
    instance->histogram->record(now > started ? now - started : 0);
}

template <lcb_CALLBACKTYPE type>
void ItemDone<type>::operator()(const Reply &reply) const {
    if (reply.error || started != 0) [[unlikely]] return tell_more(reply);
    tell(reply, LCB_SUCCESS);
}

/// Of what failed, or is measured: apart, so that the others need not keep anything for after a call.
template <lcb_CALLBACKTYPE type>
[[gnu::noinline]] void ItemDone<type>::tell_more(const Reply &reply) const {
    if (reply.last) record(instance, started);
    tell(reply, outcome_of(instance, reply));
}

template <lcb_CALLBACKTYPE type>
[[gnu::always_inline]] inline void ItemDone<type>::tell(const Reply &reply, lcb_error_t error) const {
    instance->last_error = error;
    call(instance, type, [&] {
        if constexpr (type == LCB_CALLBACK_GET || type == LCB_CALLBACK_GETREPLICA) {
            return get_response(cookie, reply, error);
        } else if constexpr (type == LCB_CALLBACK_STORE) {
            auto response = item_response<lcb_RESPSTORE>(cookie, reply, error);
            response.op = operation;
            return response;
        } else if constexpr (type == LCB_CALLBACK_COUNTER) {
            auto response = item_response<lcb_RESPCOUNTER>(cookie, reply, error);
            if (reply) response.value = reply.counter();
            return response;
        } else {
            return item_response<lcb_RESPBASE>(cookie, reply, error);
        }
    });
}

template struct ItemDone<LCB_CALLBACK_GET>;
template struct ItemDone<LCB_CALLBACK_GETREPLICA>;
template struct ItemDone<LCB_CALLBACK_UNLOCK>;
template struct ItemDone<LCB_CALLBACK_TOUCH>;
template struct ItemDone<LCB_CALLBACK_STORE>;
template struct ItemDone<LCB_CALLBACK_COUNTER>;
template struct ItemDone<LCB_CALLBACK_REMOVE>;

void ServersDone::operator()(const Reply &reply) {
    // Everything on the stack: the program's callback may destroy the instance, and this with it.
    const ServersDone self = *this;
    if (!reply.server.empty()) {
        const auto cut_off = [&self] { end(self, LCB_ERROR); };
        auto before = std::exchange(self.instance->last_word.say, std::ref(cut_off));
        tell(self, outcome_of(self.instance, reply), &reply);
        if (*self.ended) return;
        self.instance->last_word.say = std::move(before);
    }
    if (reply.last) end(self, reply.server.empty() ? outcome_of(self.instance, reply) : LCB_SUCCESS);
}

}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_RESPCALLBACK lcb_install_callback3(lcb_t instance, int cbtype, lcb_RESPCALLBACK callback) {
    const lcb_RESPCALLBACK before = lcb_get_callback3(instance, cbtype);
    if (cbtype >= 0 && cbtype < LCB_CALLBACK__MAX)
        instance->callbacks.of_type[static_cast<unsigned>(cbtype)] = callback;
    return before;
}

lcb_RESPCALLBACK lcb_get_callback3(lcb_t instance, int cbtype) {
    if (cbtype < 0 || cbtype >= LCB_CALLBACK__MAX) return nullptr;
    return instance->callbacks.of_type[static_cast<unsigned>(cbtype)];
}

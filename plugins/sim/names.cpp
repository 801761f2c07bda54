// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <optional>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>

#include "kernel.hpp"

namespace tenon::sim {

void Names::set(std::string_view name, std::vector<std::uint32_t> addresses) {
    names_[std::string(name)] = {std::move(addresses), false};
}

void Names::silence(std::string_view name) { names_[std::string(name)].silent = true; }

Query &Names::ask(Table &table, std::string name, int family, void *arg, tenon_io_resolve_handler handler) {
    Query &query = queries_.make(table);
    ++table.queries;
    query.name = std::move(name);
    query.family = family;
    query.arg = arg;
    query.handler = handler;
    const auto found = names_.find(query.name);
    if (found == names_.end() || !found->second.silent)
        kernel_.schedule(kernel_.now + kernel_.random.in(kernel_.network.resolve_delay), EventKind::answer, query.index,
                         query.ticket);
    return query;
}

void Names::forget(Query &query) {
    ++query.ticket;
    --query.table->queries;
    queries_.destroy(query);
}

void Names::forget_all(const Table &table) {
    for (Query &query : queries_)
        if (query.alive && query.table == &table) forget(query);
}

void Names::on_answer(std::uint32_t index) {
    Query &query = queries_[index];
    query.table->answers.emplace_back(index, query.ticket);
    query.table->wake();
}

void Names::answer(std::uint32_t index) {
    Query &query = queries_[index];
    const tenon_io_resolve_handler handler = query.handler;
    void *const arg = query.arg;
    std::vector<std::uint32_t> numbers;
    if (const std::optional<std::uint32_t> numeric = parse_address(query.name))
        numbers.push_back(*numeric);
    else if (const auto found = names_.find(query.name); found != names_.end())
        numbers = found->second.addresses;
    if (query.family != AF_UNSPEC && query.family != AF_INET) numbers.clear();
    forget(query);

    std::vector<sockaddr_in> addresses;
    for (const std::uint32_t number : numbers) {
        sockaddr_in &address = addresses.emplace_back();
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(number);
    }
    std::vector<const sockaddr *> list;
    for (const sockaddr_in &address : addresses) list.push_back(reinterpret_cast<const sockaddr *>(&address));
    handler(arg, list.empty() ? EAI_NONAME : 0, list.data(), static_cast<unsigned>(list.size()));
}

}  // namespace tenon::sim

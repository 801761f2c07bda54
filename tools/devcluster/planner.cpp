// SPDX-License-Identifier: Apache-2.0
#include "devcluster/planner.hpp"

#include <algorithm>
#include <cstddef>

namespace tenon::devcluster {
namespace {

/// What the nodes of a plan have and may have; nodes by index, those that are not in the plan may have nothing.
class Shares {
public:
    Shares(const std::vector<unsigned> &nodes, std::size_t total) : nodes_(nodes) {
        const unsigned most = nodes.back();
        held_.assign(most + 1, 0);
        allowed_.assign(most + 1, 0);
        for (const unsigned node : nodes) allowed_[node] = total / nodes.size();
        spare_ = total % nodes.size();
    }

    /// Gives the remainder of the division to those who have the most already: fewer have to move.
    void give_spare(const std::vector<std::size_t> &present) {
        std::vector<unsigned> order = nodes_;
        std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
            return present[a] != present[b] ? present[a] > present[b] : a < b;
        });
        for (std::size_t i = 0; i < spare_; ++i) ++allowed_[order[i]];
    }
    bool known(int node) const { return node >= 0 && static_cast<std::size_t>(node) < allowed_.size() && in(node); }
    bool room(int node) const { return known(node) && held_[at(node)] < allowed_[at(node)]; }
    void take(int node) { ++held_[at(node)]; }
    /// Of those `fits` allows, the one that lacks the most, the lowest among equals; kNobody if none fits.
    template <typename Fits> int neediest(Fits fits) const {
        int best = kNobody;
        for (const unsigned node : nodes_) {
            const int n = static_cast<int>(node);
            if (fits(n) && (best == kNobody || lack(n) > lack(best))) best = n;
        }
        return best;
    }

private:
    static std::size_t at(int node) { return static_cast<std::size_t>(node); }
    bool in(int node) const { return std::binary_search(nodes_.begin(), nodes_.end(), static_cast<unsigned>(node)); }
    std::ptrdiff_t lack(int node) const {
        return static_cast<std::ptrdiff_t>(allowed_[at(node)]) - static_cast<std::ptrdiff_t>(held_[at(node)]);
    }

    const std::vector<unsigned> &nodes_;
    std::vector<std::size_t> held_, allowed_;
    std::size_t spare_ = 0;
};

bool contains(const Row &row, int node) { return std::find(row.begin(), row.end(), node) != row.end(); }

void plan_actives(const std::vector<Row> &rows, const std::vector<unsigned> &nodes, std::vector<Row> &plan) {
    Shares shares(nodes, rows.size());
    std::vector<std::size_t> present(nodes.back() + 1, 0);
    for (const Row &row : rows)
        if (shares.known(row[0])) ++present[static_cast<std::size_t>(row[0])];
    shares.give_spare(present);
    for (std::size_t v = 0; v < rows.size(); ++v) {
        if (!shares.room(rows[v][0])) continue;
        plan[v][0] = rows[v][0];
        shares.take(rows[v][0]);
    }
    for (std::size_t v = 0; v < rows.size(); ++v) {
        if (plan[v][0] != kNobody) continue;
        // Who has a replica has the items already.
        const auto replica = std::find_if(rows[v].begin() + 1, rows[v].end(), [&](int n) { return shares.room(n); });
        plan[v][0] = replica != rows[v].end() ? *replica : shares.neediest([&](int n) { return shares.room(n); });
        shares.take(plan[v][0]);
    }
}

void plan_replicas(const std::vector<Row> &rows, const std::vector<unsigned> &nodes, std::vector<Row> &plan) {
    const std::size_t wanted = std::min(rows[0].size() - 1, nodes.size() - 1);
    Shares shares(nodes, rows.size() * wanted);
    std::vector<std::size_t> present(nodes.back() + 1, 0);
    for (const Row &row : rows)
        for (std::size_t r = 1; r < row.size(); ++r)
            if (shares.known(row[r])) ++present[static_cast<std::size_t>(row[r])];
    shares.give_spare(present);
    const auto fits = [&](std::size_t v, int node) { return shares.room(node) && !contains(plan[v], node); };
    const auto put = [&](std::size_t v, std::size_t place, int node) {
        plan[v][place] = node;
        shares.take(node);
    };
    // Those that stay, then the owner of before in the place of the replica that took over, then the rest. Where the
    // owner changes replicas stay first: what is left over is where the new owners, who lack replicas too, may have
    // some.
    for (const bool moves : {true, false})
        for (std::size_t v = 0; v < rows.size(); ++v)
            for (std::size_t r = 1; r <= wanted && (plan[v][0] != rows[v][0]) == moves; ++r)
                if (fits(v, rows[v][r])) put(v, r, rows[v][r]);
    for (std::size_t v = 0; v < rows.size(); ++v)
        for (std::size_t r = 1; r <= wanted; ++r)
            if (plan[v][r] == kNobody && rows[v][r] == plan[v][0] && fits(v, rows[v][0])) put(v, r, rows[v][0]);
    for (std::size_t v = 0; v < rows.size(); ++v)
        for (std::size_t r = 1; r <= wanted; ++r)
            if (plan[v][r] == kNobody) put(v, r, shares.neediest([&](int n) { return !contains(plan[v], n); }));
}

}  // namespace

std::vector<Row> plan_rows(const std::vector<Row> &rows, const std::vector<unsigned> &nodes) {
    if (rows.empty()) return {};
    std::vector<Row> plan(rows.size(), Row(rows[0].size(), kNobody));
    plan_actives(rows, nodes, plan);
    plan_replicas(rows, nodes, plan);
    return plan;
}

}  // namespace tenon::devcluster

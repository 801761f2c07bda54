// SPDX-License-Identifier: Apache-2.0
#include "devcluster/own_calls.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "devcluster/cluster.hpp"
#include "devcluster/form.hpp"

namespace tenon::devcluster {
namespace {

/// Fields of a form on their way into switches; remembers the first that was wrong.
class Fields {
public:
    explicit Fields(const Form &form) : form_(form) {}

    template <typename Number> void number(const char *name, Number &value) {
        if (const std::string *const text = find(name))
            if (!parse(*text, value)) fail(name);
    }
    void rate(const char *name, double &value) {
        number(name, value);
        if (!(value >= 0 && value <= 1)) fail(name);
    }
    void flag(const char *name, bool &value) {
        const std::string *const text = find(name);
        if (text == nullptr) return;
        if (*text != "0" && *text != "1") return fail(name);
        value = *text == "1";
    }
    void range(const char *name, Range &value) {
        const std::string *const text = find(name);
        if (text == nullptr) return;
        const std::optional<Range> range = parse_range(*text);
        if (range) value = *range;
        else fail(name);
    }
    template <std::size_t N, typename Value>
    void choice(const char *name, const std::pair<const char *, Value> (&choices)[N], Value &value) {
        const std::string *const text = find(name);
        if (text == nullptr) return;
        const auto at =
            std::find_if(std::begin(choices), std::end(choices), [&](const auto &c) { return *text == c.first; });
        if (at == std::end(choices)) return fail(name);
        value = at->second;
    }
    void fail(const std::string &name) {
        if (wrong_.empty()) wrong_ = name;
    }
    /// Whether all that was given is known and right.
    Error outcome() const {
        if (!wrong_.empty()) return {make_error_code(errc::invalid_option), "not understood: " + wrong_};
        for (const auto &[name, value] : form_.fields())
            if (std::find(asked_.begin(), asked_.end(), name) == asked_.end())
                return {make_error_code(errc::invalid_option), "unknown: " + name};
        return {};
    }

    const std::string *find(const char *name) {
        asked_.emplace_back(name);
        const auto at = form_.fields().find(name);
        return at == form_.fields().end() ? nullptr : &at->second;
    }

private:
    template <typename Number> static bool parse(const std::string &text, Number &value) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size() && !text.empty();
    }

    const Form &form_;
    std::vector<std::string> asked_;
    std::string wrong_;
};

Error faults(Cluster &cluster, unsigned node, Fields &fields) {
    static constexpr std::pair<const char *, Lie> kLies[] = {{"none", Lie::none},
                                                             {"index_out_of_range", Lie::index_out_of_range},
                                                             {"short_row", Lie::short_row},
                                                             {"odd_vbucket_count", Lie::odd_vbucket_count},
                                                             {"broken_json", Lie::broken_json}};
    Faults set;
    fields.range("delay", set.delay);
    fields.rate("drop_requests", set.drop_requests);
    fields.rate("drop_replies", set.drop_replies);
    fields.rate("not_my_vbucket", set.not_my_vbucket);
    fields.rate("temporary_failure", set.temporary_failure);
    fields.rate("busy", set.busy);
    fields.rate("out_of_memory", set.out_of_memory);
    fields.number("cut_reply", set.cut_reply);
    fields.number("cut_at", set.cut_at);
    fields.flag("stale_maps", set.stale_maps);
    fields.choice("lie", kLies, set.lie);
    fields.flag("half_open", set.half_open);
    fields.flag("refuse_connections", set.refuse_connections);
    if (Error error = fields.outcome()) return error;
    if (cluster.node(node).state() == RunState::stopped)
        return management_error(management_errc::wrong_state, cluster.node_name(node));
    cluster.later([&cluster, node, set] { cluster.set_faults(node, set); });
    return {};
}

Error pace(Cluster &cluster, Fields &fields) {
    Pace set = cluster.pace();
    fields.number("moves_at_once", set.moves_at_once);
    fields.number("items_per_step", set.items_per_step);
    fields.number("step_usec", set.step_usec);
    fields.number("takeover_usec", set.takeover_usec);
    if (const std::string *const text = fields.find("map_interval_usec"); text != nullptr && *text == "never")
        set.map_interval_usec = Pace::kOnlyFirstAndLast;
    else fields.number("map_interval_usec", set.map_interval_usec);
    fields.flag("fast_forward", set.fast_forward);
    if (Error error = fields.outcome()) return error;
    cluster.set_pace(set);
    return {};
}

Error split(Cluster &cluster, Fields &fields) {
    std::vector<unsigned> half;
    const std::string *const text = fields.find("otpNodes");
    const std::string names = text != nullptr ? *text : "";
    for (std::size_t at = 0; at < names.size();) {
        const std::size_t end = std::min(names.find(',', at), names.size());
        const std::optional<unsigned> node = cluster.node_named(std::string_view(names).substr(at, end - at));
        if (!node) fields.fail("otpNodes");
        else half.push_back(*node);
        at = end + 1;
    }
    if (Error error = fields.outcome()) return error;
    return cluster.split(half);
}

constexpr std::string_view kOwn = "/devcluster/";
constexpr std::string_view kCalls[] = {"faults", "stop", "pause", "resume", "restart", "split", "heal", "pace"};

}  // namespace

bool is_own_call(std::string_view path) {
    if (!path.starts_with(kOwn)) return false;
    path.remove_prefix(kOwn.size());
    return std::find(std::begin(kCalls), std::end(kCalls), path) != std::end(kCalls);
}

Error own_call(Cluster &cluster, std::string_view path, const Form &form) {
    const std::string_view call = path.substr(kOwn.size());
    Fields fields(form);
    if (call == "pace") return pace(cluster, fields);
    if (call == "split") return split(cluster, fields);
    if (call == "heal") return cluster.heal(), Error{};
    const std::string *const name = fields.find("otpNode");
    const std::optional<unsigned> found = name != nullptr ? cluster.node_named(*name) : std::nullopt;
    if (!found || !cluster.runs_here(*found)) return management_error(management_errc::unknown_node);
    const unsigned node = *found;
    if (call == "faults") return faults(cluster, node, fields);
    bool keep_items = true;
    if (call == "restart") {
        static constexpr std::pair<const char *, bool> kItems[] = {{"keep", true}, {"lose", false}};
        fields.choice("items", kItems, keep_items);
    }
    if (Error error = fields.outcome()) return error;
    if (call == "restart") return cluster.restart_node(node, keep_items);
    if (call == "resume") return cluster.resume_node(node);
    const RunState state = cluster.node(node).state();
    if (state == RunState::stopped || (call == "pause" && state == RunState::paused))
        return management_error(management_errc::wrong_state, cluster.node_name(node));
    cluster.later([&cluster, node, stop = call == "stop"] {
        if (stop) cluster.stop_node(node);
        else cluster.pause_node(node);
    });
    return {};
}

}  // namespace tenon::devcluster

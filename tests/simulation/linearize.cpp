// SPDX-License-Identifier: Apache-2.0
#include "linearize.hpp"

#include <algorithm>
#include <bitset>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "item_model.hpp"
#include "wire/bytes.hpp"

namespace tenon::simulation {
namespace {

constexpr std::size_t kMostSteps = 192;
constexpr std::uint64_t kMostStates = 300'000;
constexpr std::size_t kUnranked = ~std::size_t{0};

using Done = std::bitset<kMostSteps>;

/// A call, or (null) an upheaval after which the item may be in an earlier state, or is gone.
struct Step {
    enum class Upheaval : std::uint8_t { none, fallback, loss, flush };

    const Call *call = nullptr;
    Upheaval upheaval = Upheaval::none;
    Time invoked = 0;
    Time completed = kNever;
    bool required = true;
    std::uint64_t lacking = 0;     ///< of a fallback
    std::size_t rank = kUnranked;  ///< of a change that was given a CAS, among all of these
};

/// CAS values grow from change to change.
bool by_cas(const Step &a, const Step &b) {
    return wire::big_endian(a.call->result_cas) < wire::big_endian(b.call->result_cas);
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

std::uint64_t hash_of(const ItemState &s) {
    std::uint64_t hash = mix(0x51ab, s.value);
    for (const std::uint64_t part : {s.cas, s.expires_from, s.expires_to, s.locked_since, s.locked_from, s.locked_to})
        hash = mix(hash, part);
    return hash;
}

/// Hashes that were seen: open addressing, since a hard item has hundreds of thousands of them.
class Seen {
public:
    /// Whether it is new.
    bool insert(std::uint64_t hash) {
        if (2 * ++count_ > slots_.size()) grow();
        return put(hash | 1);  // 0 is a free slot
    }

private:
    bool put(std::uint64_t hash) {
        std::size_t at = hash >> 7 & (slots_.size() - 1);
        while (slots_[at] != 0) {
            if (slots_[at] == hash) return false;
            at = (at + 1) & (slots_.size() - 1);
        }
        slots_[at] = hash;
        return true;
    }
    void grow() {
        const std::vector<std::uint64_t> old = std::exchange(slots_, std::vector<std::uint64_t>(4 * slots_.size()));
        for (const std::uint64_t hash : old)
            if (hash != 0) put(hash);
    }

    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(64);
    std::size_t count_ = 0;
};

class Search {
public:
    Search(std::span<const Call *const> calls, Upheavals upheavals) {
        std::sort(upheavals.moves.begin(), upheavals.moves.end());
        model_.set_moves(std::move(upheavals.moves));
        for (const Call *call : calls) {
            model_.learn(*call);
            timed_ = timed_ || call->seconds != 0;
            const bool known = outcome_known(*call);
            const bool required = known && !call->in_doubt;
            if (required || (!is_read(call->action) && !did_nothing(*call)))
                add({call, Step::Upheaval::none, call->invoked, required ? call->completed : kNever, required});
        }
        for (const Upheavals::Fallback &one : upheavals.fallbacks)
            add({nullptr, Step::Upheaval::fallback, one.at, one.at, true, one.lacking});
        for (const Time at : upheavals.losses) add({nullptr, Step::Upheaval::loss, at, at, true});
        for (const Upheavals::Flush &one : upheavals.flushes)
            add({nullptr, Step::Upheaval::flush, one.from, one.certain ? one.to : kNever, one.certain});
        rank_changes();
        note_bounds();
        fallbacks_left_ = upheavals.fallbacks.size();
        for (const Step &step : steps_) required_left_ += step.required;
    }

    Judgement run() {
        Judgement judgement;
        if (steps_.size() > kMostSteps) {
            judgement.verdict = Judgement::Verdict::undecided;
            judgement.explanation = fmt::format("{} calls on one item are more than are looked at", steps_.size());
            return judgement;
        }
        const bool found = go({}, 0);
        judgement.states = states_;
        if (found) return judgement;
        judgement.verdict = states_ > kMostStates ? Judgement::Verdict::undecided : Judgement::Verdict::impossible;
        judgement.explanation = explain();
        return judgement;
    }

private:
    /// What must come first is tried first.
    void add(const Step &step) {
        const auto later = [](const Step &a, const Step &b) {
            return std::pair(a.completed, a.invoked) < std::pair(b.completed, b.invoked);
        };
        steps_.insert(std::upper_bound(steps_.begin(), steps_.end(), step, later), step);
    }

    /// The order of the changes that were given a CAS is told by it.
    void rank_changes() {
        std::vector<Step *> changes;
        for (Step &step : steps_)
            if (step.required && step.call != nullptr && gives_cas(*step.call)) changes.push_back(&step);
        std::sort(changes.begin(), changes.end(), [](const Step *a, const Step *b) { return by_cas(*a, *b); });
        for (std::size_t i = 0; i < changes.size(); ++i) changes[i]->rank = i;
    }

    /// Those whose completion is known come first; from any of them on, when the earliest begins.
    void note_bounds() {
        known_ = static_cast<std::size_t>(std::find_if(steps_.begin(), steps_.end(), [](const Step &step) {
                                              return step.completed == kNever;
                                          }) - steps_.begin());
        earliest_.assign(known_, kNever);
        for (std::size_t i = known_; i-- != 0;)
            earliest_[i] = std::min(steps_[i].invoked, i + 1 == known_ ? kNever : earliest_[i + 1]);
    }

    /// The next step from `i` on that may come before `bound`; the number of steps if there is none.
    std::size_t candidate(std::size_t i, Time bound) const {
        for (; i < known_ && earliest_[i] <= bound; ++i)
            if (!done_[i] && steps_[i].invoked <= bound) return i;
        for (i = std::max(i, known_); i < steps_.size() && steps_[i].invoked <= bound; ++i)
            if (!done_[i]) return i;
        return steps_.size();
    }

    /// Goes on from `state` with the steps that are not done; `latest` is the last invocation among those that
    /// are and changed something.
    bool go(const ItemState &state, Time latest) {
        if (required_left_ == 0) return true;
        if (++states_ > kMostStates || !is_new(state, latest)) return false;
        if (path_.size() >= longest_.size()) note_longest(state);
        // Nothing may come after the completion of what is still to be done.
        std::size_t first = 0;
        while (first < known_ && done_[first]) ++first;
        const Time bound = first < known_ ? steps_[first].completed : kNever;
        if (scratch_.size() <= path_.size()) scratch_.emplace_back();
        std::vector<ItemState> &next = scratch_[path_.size()];
        for (std::size_t i = candidate(first, bound); i < steps_.size(); i = candidate(i + 1, bound)) {
            const Step &step = steps_[i];
            if (step.rank != kUnranked && step.rank != next_rank_) continue;
            const Window window{std::max(latest, step.invoked), bound};
            next.clear();
            if (step.call != nullptr) model_.apply(state, *step.call, window, next);
            else if (step.upheaval == Step::Upheaval::fallback) next = earlier_states(state, step.lacking);
            else if (step.required || state.present()) next.assign(1, {});
            // What fits and never changes anything may as well come right now: what may follow now may follow later.
            const bool looks_only = step.call != nullptr && (is_read(step.call->action) || step.call->error != 0);
            if (step.required && looks_only && std::find(next.begin(), next.end(), state) != next.end()) {
                enter(i, state);
                if (go(state, latest)) return true;
                leave(i);
                return false;
            }
            for (const ItemState &one : next) {
                enter(i, state);
                if (go(one, window.from)) return true;
                leave(i);
            }
        }
        return false;
    }

    bool is_fallback(std::size_t step) const { return steps_[step].upheaval == Step::Upheaval::fallback; }

    void enter(std::size_t step, const ItemState &before) {
        done_.set(step);
        required_left_ -= steps_[step].required;
        fallbacks_left_ -= is_fallback(step);
        next_rank_ += steps_[step].rank != kUnranked;
        path_.emplace_back(step, before);
    }

    void leave(std::size_t step) {
        done_.reset(step);
        required_left_ += steps_[step].required;
        fallbacks_left_ += is_fallback(step);
        next_rank_ -= steps_[step].rank != kUnranked;
        path_.pop_back();
    }

    /// Whether the step made a change to the item, one of those that a replica may lack. (An unlock is none; and what
    /// the outcome of nobody knows is in the order only because it changed something.)
    bool is_change(std::size_t step) const {
        const Call *const call = steps_[step].call;
        if (steps_[step].upheaval == Step::Upheaval::flush) return true;
        return call != nullptr && !is_read(call->action) && call->action != Action::unlock &&
               (call->error == 0 || !outcome_known(*call));
    }

    /// What the item may be where the last `lacking` changes of its vBucket are undone, or some of them.
    std::vector<ItemState> earlier_states(const ItemState &now, std::uint64_t lacking) const {
        std::vector<ItemState> states{now};
        const auto add = [&](ItemState state) {
            state.locked_since = state.locked_from = state.locked_to = 0;  // replicas know nothing of locks
            if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
        };
        add(now);
        for (auto at = path_.rbegin(); at != path_.rend() && lacking != 0; ++at) {
            if (lacking != Upheaval::kAny) {
                if (!is_change(at->first)) continue;
                --lacking;
            }
            add(at->second);
        }
        return states;
    }

    bool is_new(const ItemState &state, Time latest) {
        std::uint64_t hash = mix(hash_of(state), timed_ ? latest : 0);
        hash = mix(hash, std::hash<Done>{}(done_));
        // While the item may still fall back, it matters too where it has been, though not when.
        for (std::size_t i = 0; fallbacks_left_ != 0 && i < steps_.size(); ++i) {
            if (done_[i] || !is_fallback(i)) continue;
            std::uint64_t been = 0;
            // How far it may go back is counted in changes, too, so that their order matters.
            const bool counted = steps_[i].lacking != Upheaval::kAny;
            for (const ItemState &earlier : earlier_states(state, steps_[i].lacking))
                been = counted ? mix(been, hash_of(earlier)) : been + hash_of(earlier);
            hash = mix(hash, been);
        }
        return seen_.insert(hash);
    }

    void note_longest(const ItemState &state) {
        longest_.clear();
        for (const auto &[step, before] : path_) longest_.push_back(step);
        longest_state_ = state;
    }

    std::string label(std::size_t step) const {
        if (steps_[step].call != nullptr) return fmt::format(" #{}", steps_[step].call->id);
        static constexpr const char *kNames[] = {"", " fallback", " loss", " flush"};
        return kNames[static_cast<unsigned>(steps_[step].upheaval)];
    }

    std::string explain() const {
        std::string text = "in order:";
        for (const std::size_t step : longest_) text += label(step);
        text += fmt::format("; the item is then {}; nothing explains", model_.describe(longest_state_));
        for (std::size_t i = 0; i < steps_.size(); ++i)
            if (steps_[i].required && std::find(longest_.begin(), longest_.end(), i) == longest_.end())
                text += label(i);
        return text;
    }

    ItemModel model_;
    std::vector<Step> steps_;
    std::size_t required_left_ = 0;
    std::size_t next_rank_ = 0;
    std::size_t fallbacks_left_ = 0;
    bool timed_ = false;  // some call has to do with time
    Done done_;
    std::vector<std::pair<std::size_t, ItemState>> path_;  // the steps done, in order, each with the state before it
    std::deque<std::vector<ItemState>> scratch_;  // by length of the path
    std::size_t known_ = 0;
    std::vector<Time> earliest_;
    Seen seen_;
    std::uint64_t states_ = 0;
    std::vector<std::size_t> longest_;  // as far as any order came, for the explanation
    ItemState longest_state_;
};

}  // namespace

Judgement linearize(std::span<const Call *const> calls, Upheavals upheavals) {
    return Search(calls, std::move(upheavals)).run();
}

}  // namespace tenon::simulation

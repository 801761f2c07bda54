// SPDX-License-Identifier: Apache-2.0
// The first byte decides where the rest is cut: the documents are the same as uncut.
#include <algorithm>
#include <string>
#include <vector>

#include "bootstrap/map_stream.hpp"
#include "fuzz.hpp"

using namespace tenon;

namespace {

struct Outcome {
    std::vector<std::string> documents;
    std::string rest;
    bool operator==(const Outcome &) const = default;
};

Outcome take_apart(std::string_view text, std::size_t piece) {
    bootstrap::MapStream stream;
    Outcome outcome;
    do {
        stream.feed(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
        while (const auto document = stream.next()) {
            fuzz::require(!document->empty() && document->front() != '\n', "an empty document");
            fuzz::require(document->find("\n\n\n\n") == document->npos, "two documents in one");
            outcome.documents.emplace_back(*document);
        }
    } while (!text.empty());
    outcome.rest = stream.rest();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = fuzz::as_text(data + 1, size - 1);
    const Outcome whole = take_apart(text, text.size() + 1);
    fuzz::require(whole == take_apart(text, data[0] % 16 + std::size_t{1}), "a cut changed the documents");
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/failure.hpp"

#include <cstddef>
#include <string>

namespace tenon::bootstrap {

bool is_refusal(const std::error_code &code) { return code == errc::authentication || code == errc::bucket_not_found; }

bool is_answer(const std::error_code &code) { return is_refusal(code) || code == errc::http || code == errc::bad_map; }

Error refused_by_most(std::span<const Error> reasons) {
    for (const errc code : {errc::authentication, errc::bucket_not_found}) {
        std::size_t refusing = 0;
        std::string all;
        for (const Error &reason : reasons) {
            if (reason.code != code) continue;
            ++refusing;
            all += (all.empty() ? "" : "; ") + reason.message;
        }
        if (refusing * 2 > reasons.size()) return {code, all};
    }
    return {};
}

Error no_map(std::string_view bucket, std::span<const Error> reasons) {
    std::string all;
    std::error_code common = reasons.front().code, refusal;
    bool other_answers = false;
    for (const Error &reason : reasons) {
        all += (all.empty() ? "" : "; ") + reason.message;
        if (reason.code != common) common = errc::no_host;
        if (is_refusal(reason.code) && (!refusal || refusal == reason.code)) refusal = reason.code;
        else if (is_answer(reason.code)) other_answers = true;
    }
    if (!common || common == errc::connect || common == errc::network) common = errc::no_host;
    if (refusal && !other_answers) common = refusal;
    return {common, "no map of bucket \"" + std::string(bucket) + "\": " + all};
}

}  // namespace tenon::bootstrap

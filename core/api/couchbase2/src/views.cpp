// SPDX-License-Identifier: Apache-2.0
// View queries, and the documents of their rows.
#include "views.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include <tenon/results.hpp>
#include <tenon/view.hpp>

#include "deliver.hpp"
#include "error.hpp"
#include "http.hpp"
#include "instance.hpp"
#include "work.hpp"

using namespace tenon::couchbase2;

namespace {

/// A row that waits for its document, or for those before it.
struct KeptRow {
    explicit KeptRow(const tenon::ViewRow &row) : key(row.key), value(row.value), id(row.id), geometry(row.geometry) {}

    tenon::ViewRow view() const {
        tenon::ViewRow row;
        row.last = false;
        row.key = key;
        row.value = value;
        row.id = id;
        row.geometry = geometry;
        return row;
    }

    const std::string key, value, id, geometry;
    bool asked = false;
    std::optional<tenon::Owned<>> document;
};

/// The answer as a whole, kept until the last row was told.
struct KeptEnd {
    explicit KeptEnd(const tenon::ViewRow &row) : error(row.error), status(row.status), json(row.json) {
        headers.assign(row.headers.begin(), row.headers.end());
    }

    tenon::ViewRow view() const {
        tenon::ViewRow row;
        row.error = error;
        row.status = status;
        row.json = json;
        row.headers = headers;
        return row;
    }

    std::error_code error;
    unsigned status;
    std::string json;
    std::vector<std::pair<std::string, std::string>> headers;
};

constexpr unsigned kDocumentsAtATime = 10;

}  // namespace

struct lcbview_REQUEST_st : std::enable_shared_from_this<lcbview_REQUEST_st> {
    lcbview_REQUEST_st(lcb_t of, const void *with, const lcb_CMDVIEWQUERY &cmd)
        : instance(of),
          cookie(with),
          callback(cmd.callback),
          with_documents((cmd.cmdflags & LCB_CMDVIEWQUERY_F_INCLUDE_DOCS) != 0),
          whole_rows((cmd.cmdflags & LCB_CMDVIEWQUERY_F_NOROWPARSE) != 0),
          at_a_time(cmd.docs_concurrent_max != 0 ? cmd.docs_concurrent_max : kDocumentsAtATime) {}

    void take(const tenon::ViewRow &row) {
        const auto self = shared_from_this();
        if (!with_documents) return row.last ? end(row) : tell(row, nullptr);
        if (row.last)
            last.emplace(row);
        else
            rows.push_back(std::make_shared<KeptRow>(row));
        go_on();
    }

    /// Nobody is called any more.
    void stop() {
        stopped = true;
        instance->client->cancel_http(id);
        if (!telling) gets.drop();
        std::erase_if(instance->views, [this](const auto &one) { return one.get() == this; });
    }

    const lcb_t instance;
    const void *const cookie;
    const lcb_VIEWQUERYCALLBACK callback;
    const bool with_documents, whole_rows;
    std::uint64_t id = 0;

private:
    /// Asks for documents, and tells the rows in front whose document is there.
    void go_on() {
        for (const auto &row : rows) {
            if (in_flight >= at_a_time) break;
            if (!std::exchange(row->asked, true)) ask(row);
        }
        while (!stopped && !rows.empty() && rows.front()->document) {
            const auto row = rows.front();
            rows.pop_front();
            tell(row->view(), row->id.empty() ? nullptr : &*row->document);
        }
        if (!stopped && rows.empty() && last) end(last->view());
    }

    void ask(const std::shared_ptr<KeptRow> &row) {
        if (row->id.empty()) {
            row->document.emplace(tenon::Reply());
            return;
        }
        tenon::OperationOptions options;
        options.timeout = instance->settings.operation_timeout;
        options.cancellation = &gets;
        const auto got = [self = shared_from_this(), row](const tenon::Reply &reply) {
            --self->in_flight;
            row->document.emplace(reply);
            if (!self->stopped) self->go_on();
        };
        ++in_flight;
        if (const std::error_code refused = instance->client->get(row->id, got, options)) {
            --in_flight;
            tenon::Reply none;
            none.error = refused;
            none.key = row->id;
            row->document.emplace(none);
        }
    }

    void tell(const tenon::ViewRow &row, const tenon::Reply *document) {
        auto response = response_of<lcb_RESPVIEWQUERY>(cookie, LCB_SUCCESS, false);
        response.key = row.key.data();
        response.nkey = row.key.size();
        response.docid = row.id.empty() ? nullptr : row.id.data();
        response.ndocid = row.id.size();
        const std::string_view value = whole_rows ? row.json : row.value;
        response.value = value.data();
        response.nvalue = value.size();
        response.geometry = row.geometry.empty() ? nullptr : row.geometry.data();
        response.ngeometry = row.geometry.size();
        lcb_RESPGET got{};
        if (document != nullptr) {
            got = get_response(cookie, *document, outcome_of(instance, *document));
            response.docresp = &got;
        }
        call(response);
    }

    void end(const tenon::ViewRow &row) {
        const lcb_error_t outcome = row.error == tenon::errc::http && row.status != 0 && row.status != 200
                                        ? LCB_HTTP_ERROR
                                        : to_lcb(row.error);
        const std::vector<const char *> headers = header_list(row.headers);
        auto answer = response_of<lcb_RESPHTTP>(cookie, outcome, true);
        answer.htstatus = static_cast<short>(row.status);
        answer.headers = row.status != 0 ? headers.data() : nullptr;
        auto response = response_of<lcb_RESPVIEWQUERY>(cookie, outcome, true);
        response.value = row.json.data();
        response.nvalue = row.json.size();
        response.htresp = &answer;
        instance->last_error = outcome;
        std::erase_if(instance->views, [this](const auto &one) { return one.get() == this; });
        stopped = true;
        call(response);
    }

    void call(const lcb_RESPVIEWQUERY &response) {
        telling = true;
        callback(instance, LCB_CALLBACK_DEFAULT, &response);
        telling = false;
        if (stopped) rows.clear();
    }

    const unsigned at_a_time;
    unsigned in_flight = 0;
    bool stopped = false;
    bool telling = false;  // a callback is running, of an operation that `gets` stands for maybe
    std::deque<std::shared_ptr<KeptRow>> rows;
    std::optional<KeptEnd> last;
    tenon::Cancellation gets;
};

namespace tenon::couchbase2 {

void cancel_views(lcb_t instance) {
    while (!instance->views.empty()) {
        const auto one = instance->views.back();
        one->stop();
    }
}

}  // namespace tenon::couchbase2

lcb_error_t lcb_view_query(lcb_t instance, const void *cookie, const lcb_CMDVIEWQUERY *cmd) {
    return guarded([&] {
        if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
        if (cmd == nullptr || cmd->callback == nullptr || cmd->nddoc == 0 || cmd->nview == 0) return LCB_EINVAL;
        if (is_missing(cmd->ddoc, cmd->nddoc) || is_missing(cmd->view, cmd->nview) ||
            is_missing(cmd->optstr, cmd->noptstr) || is_missing(cmd->postdata, cmd->npostdata))
            return LCB_EINVAL;
        constexpr lcb_U32 kBoth = LCB_CMDVIEWQUERY_F_INCLUDE_DOCS | LCB_CMDVIEWQUERY_F_NOROWPARSE;
        if ((cmd->cmdflags & kBoth) == kBoth) return LCB_OPTIONS_CONFLICT;
        const auto request = std::make_shared<lcbview_REQUEST_st>(instance, cookie, *cmd);
        tenon::ViewQuery query;
        query.design = {cmd->ddoc, cmd->nddoc};
        query.view = {cmd->view, cmd->nview};
        query.options = {cmd->optstr, cmd->noptstr};
        query.body = {cmd->postdata, cmd->npostdata};
        query.spatial = (cmd->cmdflags & LCB_CMDVIEWQUERY_F_SPATIAL) != 0;
        query.whole_rows = request->whole_rows;
        query.timeout = instance->settings.view_timeout;
        const auto taken = [request](const tenon::ViewRow &row) { request->take(row); };
        if (const std::error_code error = instance->client->view(query, taken, &request->id)) return to_lcb(error);
        instance->views.push_back(request);
        if (cmd->handle != nullptr) *cmd->handle = request.get();
        return LCB_SUCCESS;
    });
}

void lcb_view_query_initcmd(lcb_CMDVIEWQUERY *vq, const char *design, const char *view, const char *options,
                            lcb_VIEWQUERYCALLBACK callback) {
    *vq = {};
    vq->ddoc = design;
    vq->nddoc = std::strlen(design);
    vq->view = view;
    vq->nview = std::strlen(view);
    vq->optstr = options;
    vq->noptstr = options != nullptr ? std::strlen(options) : 0;
    vq->callback = callback;
}

void lcb_view_cancel(lcb_t instance, lcb_VIEWHANDLE handle) {
    const auto found = std::ranges::find(instance->views, handle, [](const auto &one) { return one.get(); });
    if (found == instance->views.end()) return;
    const auto kept = *found;
    kept->stop();
}

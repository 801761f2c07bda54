/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Views, row by row (libcouchbase 2.4).
 */
#ifndef LIBCOUCHBASE_VIEWS_H
#define LIBCOUCHBASE_VIEWS_H 1

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lcb_RESPVIEW_st lcb_RESPVIEWQUERY;

/** A query under way, see lcb_view_cancel. */
typedef struct lcbview_REQUEST_st *lcb_VIEWHANDLE;

/**
 * A row, or the end: then LCB_RESP_F_FINAL is set in `row->rflags`. It may cancel the query and destroy the instance.
 * @param instance  that was asked
 * @param cbtype    LCB_CALLBACK_DEFAULT; of no meaning
 * @param row       lives until the callback returns
 */
typedef void (*lcb_VIEWQUERYCALLBACK)(lcb_t instance, int cbtype, const lcb_RESPVIEWQUERY *row);

/** In `cmdflags`: each row comes with its document, got by lcb_get3. */
#define LCB_CMDVIEWQUERY_F_INCLUDE_DOCS (1 << 16)
/** In `cmdflags`: rows are not taken apart, `value` is the whole one. Not together with the documents:
 *  LCB_OPTIONS_CONFLICT. */
#define LCB_CMDVIEWQUERY_F_NOROWPARSE (1 << 17)
/** In `cmdflags`: the view is a spatial one (from libcouchbase 2.5). */
#define LCB_CMDVIEWQUERY_F_SPATIAL (1 << 18)

/** A query. Everything pointed to is copied. */
typedef struct {
    /** A set of LCB_CMDVIEWQUERY_F_…; 0 for none. */
    lcb_U32 cmdflags;
    /** The design document's name, without "_design/". */
    const char *ddoc;
    size_t nddoc; /**< the length of `ddoc` */
    /** The view's name. */
    const char *view;
    size_t nview; /**< the length of `view` */
    /** What stands behind the '?': "limit=10&descending=true", encoded. May be null. */
    const char *optstr;
    size_t noptstr; /**< the length of `optstr` */
    /** A JSON object with more options, to be posted. May be null. */
    const char *postdata;
    size_t npostdata; /**< the length of `postdata` */
    /** With documents: how many are got at a time; 0: 10. */
    unsigned docs_concurrent_max;
    /** Not null. */
    lcb_VIEWQUERYCALLBACK callback;
    /** Null, or receives the query, valid until the callback with LCB_RESP_F_FINAL returns. */
    lcb_VIEWHANDLE *handle;
} lcb_CMDVIEWQUERY;

/**
 * A row: `key` is the one emitted, as JSON. At the end `rc` is the outcome: LCB_HTTP_ERROR for a status other than 200,
 * LCB_PROTOCOL_ERROR for an answer that is no JSON, LCB_ETIMEDOUT and what else lcb_make_http_request has.
 */
struct lcb_RESPVIEW_st {
    LCB_RESP_BASE
    /** The document's name, no JSON; null where the row has none. */
    const char *docid;
    size_t ndocid; /**< the length of `docid` */
    /** The value emitted, as JSON. At the end: the answer without its rows, {"total_rows":3,"rows":[]} say, or a
     *  refusal's text. */
    const char *value;
    size_t nvalue; /**< the length of `value` */
    /** Of a spatial view: GeoJSON; null where the row has none. */
    const char *geometry;
    size_t ngeometry; /**< the length of `geometry` */
    /** At the end, the answer's status and headers, without a body; else null. */
    const lcb_RESPHTTP *htresp;
    /** The document, or why there is none (its `rc`), where it was asked for; else null. */
    const lcb_RESPGET *docresp;
};

/**
 * Asks a view. Its time is LCB_CNTL_VIEW_TIMEOUT. Rows come in the view's order, also with documents.
 * @param instance  that has a bucket and a map
 * @param cookie    for the callback's `cookie`
 * @param cmd       the query
 * @return LCB_EINVAL (no callback, no name), LCB_OPTIONS_CONFLICT, LCB_CLIENT_ETMPFAIL before the first map,
 *         LCB_NO_MATCHING_SERVER (no node has views), LCB_EBADHANDLE (an instance without a bucket)
 */
LIBCOUCHBASE_API lcb_error_t lcb_view_query(lcb_t instance, const void *cookie, const lcb_CMDVIEWQUERY *cmd);

/**
 * Fills a command in.
 * @param vq        receives it; fields that are no argument here are set to 0
 * @param design    the design document's name, ended by a 0 byte, as all here
 * @param view      the view's name
 * @param options   may be null
 * @param callback  what is called
 */
LIBCOUCHBASE_API void lcb_view_query_initcmd(lcb_CMDVIEWQUERY *vq, const char *design, const char *view,
                                             const char *options, lcb_VIEWQUERYCALLBACK callback);

/**
 * Ends a query: its callback is not called any more. It may be called inside it.
 * @param instance  that was asked
 * @param handle    a query that has not ended
 */
LIBCOUCHBASE_API void lcb_view_cancel(lcb_t instance, lcb_VIEWHANDLE handle);

#ifdef __cplusplus
}
#endif

#endif

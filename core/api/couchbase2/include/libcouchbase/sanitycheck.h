/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Whether a program was compiled with the struct layouts that the library has.
 */
#ifndef LIBCOUCHBASE_SANITYCHECK_H
#define LIBCOUCHBASE_SANITYCHECK_H 1

#include <libcouchbase/arguments.h>
#include <libcouchbase/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The structs that are compared, as X(type, short name, number, newest version). */
#define LCB_XSSIZES(X)                                   \
    X(struct lcb_create_st, C_ST, 0, 3)                  \
    X(struct lcb_create_io_ops_st, C_I_O_ST, 1, 1)       \
    X(struct lcb_get_cmd_st, G_C_ST, 2, 0)               \
    X(struct lcb_get_replica_cmd_st, G_R_C_ST, 3, 1)     \
    X(struct lcb_unlock_cmd_st, U_C_ST, 4, 0)            \
    X(lcb_touch_cmd_t, T_C_ST, 5, 0)                     \
    X(struct lcb_store_cmd_st, S_C_ST, 6, 0)             \
    X(struct lcb_arithmetic_cmd_st, A_C_ST, 7, 0)        \
    X(struct lcb_observe_cmd_st, O_C_ST, 8, 0)           \
    X(struct lcb_remove_cmd_st, R_C_ST, 9, 0)            \
    X(struct lcb_http_cmd_st, H_C_ST, 10, 1)             \
    X(struct lcb_server_stats_cmd_st, S_S_C_ST, 11, 0)   \
    X(struct lcb_server_version_cmd_st, S_V_C_ST, 12, 0) \
    X(struct lcb_verbosity_cmd_st, V_C_ST, 13, 0)        \
    X(struct lcb_flush_cmd_st, F_C_ST, 14, 0)            \
    X(lcb_get_resp_t, G_R_ST, 15, 0)                     \
    X(lcb_store_resp_t, S_R_ST, 16, 0)                   \
    X(lcb_remove_resp_t, R_R_ST, 17, 0)                  \
    X(lcb_touch_resp_t, T_R_ST, 18, 0)                   \
    X(lcb_unlock_resp_t, U_R_ST, 19, 0)                  \
    X(lcb_arithmetic_resp_t, A_R_ST, 20, 0)              \
    X(lcb_observe_resp_t, O_R_ST, 21, 0)                 \
    X(lcb_http_resp_t, H_R_ST, 22, 0)                    \
    X(lcb_server_stat_resp_t, S_S_R_ST, 23, 0)           \
    X(lcb_server_version_resp_t, S_V_R_ST, 24, 0)        \
    X(lcb_verbosity_resp_t, V_R_ST, 25, 0)               \
    X(lcb_flush_resp_t, F_R_ST, 26, 0)

/** Number and newest version of each struct. */
typedef enum {
/** @cond */
#define LCB_STRUCT_NUMBERS_(type, name, number, version) LCB_##name##_ID = number, LCB_##name##_V = version,
    LCB_XSSIZES(LCB_STRUCT_NUMBERS_)
#undef LCB_STRUCT_NUMBERS_
/** @endcond */
    LCB_ST_M = 26
} lcb__STRUCTSIZES;

/**
 * Compares one struct.
 * @param id       its number in LCB_XSSIZES
 * @param version  the newest version that the program knows
 * @param size     its size there
 * @return LCB_SUCCESS, or LCB_EINVAL if anything differs
 */
LIBCOUCHBASE_API lcb_error_t lcb_verify_struct_size(lcb_uint32_t id, lcb_uint32_t version, lcb_size_t size);

/** @cond */
#define LCB_SAME_SIZE_(type, name, number, version) \
    lcb_verify_struct_size(LCB_##name##_ID, LCB_##name##_V, sizeof(type)) == LCB_SUCCESS &&
/** @endcond */

/** Not 0: the program and the library agree on every struct. */
#define lcb_verify_compiler_setup() (LCB_XSSIZES(LCB_SAME_SIZE_) 1)

#ifdef __cplusplus
}
#endif

#endif

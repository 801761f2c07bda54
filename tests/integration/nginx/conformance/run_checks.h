/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_NGINX_RUN_CHECKS_H
#define TENON_NGINX_RUN_CHECKS_H

#include <tenon/io_check.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Makes every check of the contract that can be made on nginx's table, each in a process of its own, which calls `fresh`
 *  first: this process has its event module, that one needs another. Prints a line a check. 0 if all went well. */
int run_checks(const struct tenon_io_check_host *host, void (*fresh)(void));

#ifdef __cplusplus
}
#endif

#endif

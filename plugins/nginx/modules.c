/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nginx looks for in a shared object with modules. nginx's own build generates this by itself.
 */
#include "module.h"

extern TENON_API ngx_module_t *ngx_modules[];
extern TENON_API char *ngx_module_names[];
extern TENON_API char *ngx_module_order[];

ngx_module_t *ngx_modules[] = {&ngx_http_tenon_module, NULL};
char *ngx_module_names[] = {(char *) "ngx_http_tenon_module", NULL};
char *ngx_module_order[] = {NULL};

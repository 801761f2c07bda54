/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/* Directives inside `tenon_cluster NAME { … }`, as nginx describes its own. */
static ngx_command_t directives[] = {
    {ngx_string("hosts"), NGX_CONF_1MORE, NULL, 0, offsetof(tenon_cluster_conf, hosts), NULL},
    {ngx_string("bucket"), NGX_CONF_TAKE1, ngx_conf_set_str_slot, 0, offsetof(tenon_cluster_conf, bucket), NULL},
    {ngx_string("user"), NGX_CONF_TAKE1, ngx_conf_set_str_slot, 0, offsetof(tenon_cluster_conf, user), NULL},
    {ngx_string("password"), NGX_CONF_TAKE1, ngx_conf_set_str_slot, 0, offsetof(tenon_cluster_conf, password), NULL},
    {ngx_string("timeout"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0, offsetof(tenon_cluster_conf, timeout), NULL},
    {ngx_string("connect_timeout"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0,
     offsetof(tenon_cluster_conf, connect_timeout), NULL},
    {ngx_string("memcached"), NGX_CONF_FLAG, ngx_conf_set_flag_slot, 0, offsetof(tenon_cluster_conf, memcached), NULL},
    ngx_null_command,
};

static char *add_hosts(ngx_conf_t *cf, tenon_cluster_conf *cluster)
{
    const ngx_str_t *words = cf->args->elts;
    ngx_str_t *host;
    ngx_uint_t i;

    for (i = 1; i < cf->args->nelts; i++) {
        host = ngx_array_push(&cluster->hosts);
        if (host == NULL) return NGX_CONF_ERROR;
        *host = words[i];
    }
    return NGX_CONF_OK;
}

static int fits(const ngx_command_t *directive, ngx_uint_t words)
{
    return (directive->type & NGX_CONF_1MORE) != 0 ? words > 1 : words == 2;
}

/* nginx's handler for each line of the block. */
static char *on_directive(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    const ngx_str_t *name = cf->args->elts;
    ngx_command_t *directive;
    char *error;

    (void) dummy;
    for (directive = directives; directive->name.len != 0; directive++) {
        if (directive->name.len != name->len || ngx_strcmp(directive->name.data, name->data) != 0) continue;
        if (!fits(directive, cf->args->nelts)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid number of arguments in \"%V\"", name);
            return NGX_CONF_ERROR;
        }
        error = directive->set == NULL ? add_hosts(cf, conf) : directive->set(cf, directive, conf);
        if (error == NGX_CONF_OK || error == NGX_CONF_ERROR) return error;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", name, error);
        return NGX_CONF_ERROR;
    }
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown directive \"%V\" in \"tenon_cluster\"", name);
    return NGX_CONF_ERROR;
}

static char *complete(ngx_conf_t *cf, tenon_cluster_conf *cluster)
{
    if (cluster->hosts.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "no \"hosts\" in \"tenon_cluster %V\"", &cluster->name);
        return NGX_CONF_ERROR;
    }
    if (cluster->bucket.data == NULL) { /* the macro is two statements */
        ngx_str_set(&cluster->bucket, "default");
    }
    ngx_conf_init_msec_value(cluster->timeout, 2500);
    ngx_conf_init_msec_value(cluster->connect_timeout, 2000);
    ngx_conf_init_value(cluster->memcached, 0);
    if (cluster->timeout == 0 || cluster->connect_timeout == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "a timeout of 0 in \"tenon_cluster %V\"", &cluster->name);
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

static tenon_cluster_conf *add_cluster(ngx_conf_t *cf, tenon_main_conf *main_conf, const ngx_str_t *name)
{
    tenon_cluster_conf **place = ngx_array_push(&main_conf->clusters);
    tenon_cluster_conf *cluster = ngx_pcalloc(cf->pool, sizeof(tenon_cluster_conf));

    if (place == NULL || cluster == NULL) return NULL;
    *place = cluster;
    cluster->name = *name;
    cluster->timeout = NGX_CONF_UNSET_MSEC;
    cluster->connect_timeout = NGX_CONF_UNSET_MSEC;
    cluster->memcached = NGX_CONF_UNSET;
    return ngx_array_init(&cluster->hosts, cf->pool, 4, sizeof(ngx_str_t)) == NGX_OK ? cluster : NULL;
}

char *tenon_cluster_block(ngx_conf_t *cf, ngx_command_t *command, void *conf)
{
    const ngx_str_t *words = cf->args->elts;
    tenon_cluster_conf *cluster;
    ngx_conf_t outer = *cf;
    char *error;

    (void) command;
    if (tenon_find_cluster(conf, &words[1]) != NULL) return "is duplicate";
    cluster = add_cluster(cf, conf, &words[1]);
    if (cluster == NULL) return NGX_CONF_ERROR;
    cf->handler = on_directive;
    cf->handler_conf = (char *) cluster;
    error = ngx_conf_parse(cf, NULL);
    *cf = outer;
    return error == NGX_CONF_OK ? complete(cf, cluster) : error;
}

tenon_cluster_conf *tenon_find_cluster(const tenon_main_conf *conf, const ngx_str_t *name)
{
    tenon_cluster_conf *const *clusters = conf->clusters.elts;
    ngx_uint_t i;

    for (i = 0; i < conf->clusters.nelts; i++)
        if (clusters[i]->name.len == name->len && ngx_strncmp(clusters[i]->name.data, name->data, name->len) == 0)
            return clusters[i];
    return NULL;
}

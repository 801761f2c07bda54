/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "events.h"

static void *create_main_conf(ngx_conf_t *cf)
{
    tenon_main_conf *conf = ngx_pcalloc(cf->pool, sizeof(tenon_main_conf));

    if (conf == NULL || ngx_array_init(&conf->clusters, cf->pool, 2, sizeof(tenon_cluster_conf *)) != NGX_OK) return NULL;
    return conf;
}

static void *create_location_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(tenon_location_conf));
}

static char *merge_location_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_core_loc_conf_t *location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    const tenon_location_conf *outer = parent;
    tenon_location_conf *conf = child;

    if (conf->key == NULL) conf->key = outer->key;
    if (conf->method == NULL) conf->method = outer->method;
    if (conf->value == NULL) conf->value = outer->value;
    if (conf->expires == NULL) conf->expires = outer->expires;
    if (conf->cluster_name.data == NULL) {
        /* An `if` keeps its location's handler, and a limit_except is to have it: both come with an own configuration. */
        conf->cluster = outer->cluster;
        if (location->lmt_excpt && location->handler == NULL && conf->cluster != NULL) location->handler = tenon_handle;
        return NGX_CONF_OK;
    }
    conf->cluster = tenon_find_cluster(ngx_http_conf_get_module_main_conf(cf, ngx_http_tenon_module), &conf->cluster_name);
    if (conf->cluster != NULL) return NGX_CONF_OK;
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "no \"tenon_cluster %V\" for \"tenon_pass\"", &conf->cluster_name);
    return NGX_CONF_ERROR;
}

static char *pass(ngx_conf_t *cf, ngx_command_t *command, void *child)
{
    ngx_http_core_loc_conf_t *location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    const ngx_str_t *words = cf->args->elts;
    tenon_location_conf *conf = child;

    (void) command;
    if (conf->cluster_name.data != NULL) return "is duplicate";
    conf->cluster_name = words[1];
    location->handler = tenon_handle;
    return NGX_CONF_OK;
}

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_HTTP_LIF_CONF)

static ngx_command_t commands[] = {
    {ngx_string("tenon_cluster"), NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, tenon_cluster_block,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("tenon_pass"), NGX_HTTP_LOC_CONF | NGX_HTTP_LIF_CONF | NGX_CONF_TAKE1, pass, NGX_HTTP_LOC_CONF_OFFSET, 0,
     NULL},
    {ngx_string("tenon_key"), ANYWHERE | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(tenon_location_conf, key), NULL},
    {ngx_string("tenon_method"), ANYWHERE | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(tenon_location_conf, method), NULL},
    {ngx_string("tenon_value"), ANYWHERE | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(tenon_location_conf, value), NULL},
    {ngx_string("tenon_expires"), ANYWHERE | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(tenon_location_conf, expires), NULL},
    ngx_null_command,
};

static ngx_http_module_t context = {
    NULL, NULL, create_main_conf, NULL, NULL, NULL, create_location_conf, merge_location_conf,
};

/* The resolver of the http block, if one was configured. */
static struct tenon_nginx_host host_of(const ngx_cycle_t *cycle)
{
    const ngx_http_conf_ctx_t *http = (const ngx_http_conf_ctx_t *) cycle->conf_ctx[ngx_http_module.index];
    const ngx_http_core_loc_conf_t *core = http->loc_conf[ngx_http_core_module.ctx_index];
    struct tenon_nginx_host host = {NULL, 0};

    if (core->resolver == NULL || core->resolver->connections.nelts == 0) return host;
    host.resolver = core->resolver;
    host.timeout = core->resolver_timeout == NGX_CONF_UNSET_MSEC ? 30000 : (unsigned int) core->resolver_timeout;
    return host;
}

static void log_line(void *arg, int level, struct tenon_nginx_bytes line)
{
    static const ngx_uint_t levels[] = {NGX_LOG_DEBUG, NGX_LOG_DEBUG, NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR};
    const tenon_cluster_conf *cluster = arg;
    ngx_str_t text = tenon_str(line);

    ngx_log_error(levels[level < 0 ? 0 : level > 4 ? 4 : level], ngx_cycle->log, 0, "tenon: %V: %V", &cluster->name, &text);
}

static int log_level_of(const ngx_log_t *log)
{
    if (log->log_level >= NGX_LOG_DEBUG) return 1;
    if (log->log_level >= NGX_LOG_INFO) return 2;
    return log->log_level >= NGX_LOG_WARN ? 3 : 4;
}

static struct tenon_nginx_cluster *start_client(tenon_cluster_conf *conf, struct tenon_io_ops *io, ngx_cycle_t *cycle)
{
    struct tenon_nginx_cluster_options options = {0};
    struct tenon_nginx_cluster *client;
    struct tenon_nginx_bytes *hosts;
    const ngx_str_t *names = conf->hosts.elts;
    ngx_uint_t i;

    hosts = ngx_alloc(conf->hosts.nelts * sizeof(*hosts), cycle->log);
    if (hosts == NULL) return NULL;
    for (i = 0; i < conf->hosts.nelts; i++) hosts[i] = tenon_bytes(names[i]);
    options.hosts = hosts;
    options.host_count = conf->hosts.nelts;
    options.bucket = tenon_bytes(conf->bucket);
    options.user = tenon_bytes(conf->user);
    options.password = tenon_bytes(conf->password);
    options.timeout = (unsigned int) conf->timeout;
    options.connect_timeout = (unsigned int) conf->connect_timeout;
    options.memcached = conf->memcached != 0;
    options.log = log_line;
    options.log_arg = conf;
    options.log_level = log_level_of(cycle->log);
    client = tenon_nginx_cluster_start(io, &options);
    ngx_free(hosts);
    return client;
}

static tenon_main_conf *main_conf_of(const ngx_cycle_t *cycle)
{
    return cycle->conf_ctx[ngx_http_module.index] == NULL
               ? NULL
               : ngx_http_cycle_get_module_main_conf(cycle, ngx_http_tenon_module);
}

/* One client of each cluster for a worker. A cluster that cannot be had is no reason not to serve the rest. */
static ngx_int_t start_worker(ngx_cycle_t *cycle)
{
    tenon_main_conf *conf = main_conf_of(cycle);
    struct tenon_io_options request = {0};
    struct tenon_nginx_host host;
    tenon_cluster_conf **clusters;
    ngx_uint_t i;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) return NGX_OK;
    if (conf == NULL || conf->clusters.nelts == 0) return NGX_OK;
    host = host_of(cycle);
    request.find = TENON_IO_FUNCTION;
    request.function = tenon_create_nginx_io_ops;
    request.cookie = &host;
    if (tenon_create_io_ops(&conf->io, &request) != TENON_IO_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "tenon: %s", tenon_io_error_message());
        return NGX_ERROR;
    }
    clusters = conf->clusters.elts;
    for (i = 0; i < conf->clusters.nelts; i++) clusters[i]->client = start_client(clusters[i], conf->io, cycle);
    return NGX_OK;
}

static void end_worker(ngx_cycle_t *cycle)
{
    tenon_main_conf *conf = main_conf_of(cycle);
    tenon_cluster_conf **clusters;
    ngx_uint_t i;

    if (conf == NULL || conf->io == NULL) return;
    tenon_handler_ends();
    clusters = conf->clusters.elts;
    for (i = 0; i < conf->clusters.nelts; i++) {
        tenon_nginx_cluster_stop(clusters[i]->client);
        clusters[i]->client = NULL;
    }
    tenon_destroy_io_ops(conf->io);
    conf->io = NULL;
}

ngx_module_t ngx_http_tenon_module = {
    NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE, NULL, NULL, start_worker, NULL, NULL, end_worker, NULL,
    NGX_MODULE_V1_PADDING,
};

// SPDX-License-Identifier: Apache-2.0
// The names of libvbucket 1.
#include <libcouchbase/vbucket.h>

int vbucket_config_parse(lcbvb_CONFIG *cfg, vbucket_source_t source, const char *data) {
    return lcbvb_load_json(cfg, source == LIBVBUCKET_SOURCE_MEMORY ? data : nullptr);
}
const char *vbucket_get_error_message(lcbvb_CONFIG *cfg) { return lcbvb_get_error(cfg); }
lcbvb_CONFIG *vbucket_config_create(void) { return lcbvb_create(); }
void vbucket_config_destroy(lcbvb_CONFIG *cfg) { lcbvb_destroy(cfg); }
int vbucket_config_get_num_replicas(lcbvb_CONFIG *cfg) { return static_cast<int>(cfg->nrepl); }
int vbucket_config_get_num_vbuckets(lcbvb_CONFIG *cfg) { return static_cast<int>(cfg->nvb); }
int vbucket_config_get_num_servers(lcbvb_CONFIG *cfg) { return static_cast<int>(cfg->nsrv); }
const char *vbucket_config_get_server(lcbvb_CONFIG *cfg, int ix) {
    return lcbvb_get_hostport(cfg, static_cast<unsigned>(ix), LCBVB_SVCTYPE_DATA, LCBVB_SVCMODE_PLAIN);
}
const char *vbucket_config_get_couch_api_base(lcbvb_CONFIG *cfg, int ix) {
    return lcbvb_get_capibase(cfg, static_cast<unsigned>(ix), LCBVB_SVCMODE_PLAIN);
}
const char *vbucket_config_get_rest_api_server(lcbvb_CONFIG *cfg, int ix) {
    return lcbvb_get_hostport(cfg, static_cast<unsigned>(ix), LCBVB_SVCTYPE_MGMT, LCBVB_SVCMODE_PLAIN);
}
lcbvb_DISTMODE vbucket_config_get_distribution_type(lcbvb_CONFIG *cfg) { return lcbvb_get_distmode(cfg); }
int vbucket_map(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n, int *vbid, int *srvix) {
    return lcbvb_map_key(cfg, key, n, vbid, srvix);
}
int vbucket_get_vbucket_by_key(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n) { return lcbvb_k2vb(cfg, key, n); }
int vbucket_get_master(lcbvb_CONFIG *cfg, int vbid) { return lcbvb_vbmaster(cfg, vbid); }
int vbucket_get_replica(lcbvb_CONFIG *cfg, int vbid, int ix) {
    return lcbvb_vbreplica(cfg, vbid, static_cast<unsigned>(ix));
}
lcbvb_CONFIGDIFF *vbucket_compare(lcbvb_CONFIG *from, lcbvb_CONFIG *to) { return lcbvb_compare(from, to); }
void vbucket_free_diff(lcbvb_CONFIGDIFF *diff) { lcbvb_free_diff(diff); }
int vbucket_config_get_revision(lcbvb_CONFIG *cfg) { return lcbvb_get_revision(cfg); }
lcbvb_CHANGETYPE vbucket_what_changed(lcbvb_CONFIGDIFF *diff) { return lcbvb_get_changetype(diff); }
int vbucket_config_generate(lcbvb_CONFIG *vb, unsigned nservers, unsigned nreplica, unsigned nvbuckets) {
    return lcbvb_genconfig(vb, nservers, nreplica, nvbuckets);
}

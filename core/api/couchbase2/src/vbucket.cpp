// SPDX-License-Identifier: Apache-2.0
// lcbvb_…: cluster maps for programs that route on their own.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <tenon/map_difference.hpp>

#include "error.hpp"
#include "vbucket_config.hpp"
#include "work.hpp"

using namespace tenon::couchbase2;

namespace {

constexpr unsigned kMostVbuckets = 32'768;

bool has(const lcbvb_CONFIG *config, int vbucket) {
    return vbucket >= 0 && static_cast<unsigned>(vbucket) < config->nvb;
}

/// 0 or -1, as the functions here return.
template <class Body>
int outcome(lcbvb_CONFIG *config, Body body) noexcept {
    bool good = false;
    const lcb_error_t error = guarded([&] { return good = body(config_of(config)), LCB_SUCCESS; });
    if (error != LCB_SUCCESS)
        config->errstr = error == LCB_CLIENT_ENOMEM ? "there is no memory left" : "the library is at fault";
    return good ? 0 : -1;
}

bool rebuild(VbucketConfig &config, const MapParts &parts) { return config.load(to_json(parts)); }

/// A difference that owns its texts.
struct Difference : lcbvb_CONFIGDIFF {
    explicit Difference(tenon::MapDifference what) : lcbvb_CONFIGDIFF{}, told(std::move(what)) {
        servers_added = list(added, told.servers_added);
        servers_removed = list(removed, told.servers_removed);
        n_vb_changes = static_cast<int>(told.vbuckets_moved);
        sequence_changed = told.order_changed ? 1 : 0;
    }

    static char **list(std::vector<char *> &texts, std::vector<std::string> &names) {
        for (std::string &name : names) texts.push_back(name.data());
        texts.push_back(nullptr);
        return texts.data();
    }

    tenon::MapDifference told;
    std::vector<char *> added, removed;
};

}  // namespace

lcbvb_CONFIG *lcbvb_create(void) {
    lcbvb_CONFIG *made = nullptr;
    (void)guarded([&] { return made = std::make_unique<VbucketConfig>().release(), LCB_SUCCESS; });
    return made;
}

lcbvb_CONFIG *lcbvb_parse_json(const char *data) {
    lcbvb_CONFIG *config = lcbvb_create();
    if (config == nullptr || lcbvb_load_json(config, data) == 0) return config;
    lcbvb_destroy(config);
    return nullptr;
}

int lcbvb_load_json(lcbvb_CONFIG *vbc, const char *data) {
    return outcome(vbc, [data](VbucketConfig &config) {
        return data != nullptr ? config.load(data) : config.fail("no JSON is given");
    });
}

char *lcbvb_save_json(lcbvb_CONFIG *vbc) {
    char *copy = nullptr;
    (void)outcome(vbc, [&copy](VbucketConfig &config) {
        if (config.nsrv == 0) return config.fail("the map is empty");
        const std::string json = to_json(parts_of(config));
        copy = static_cast<char *>(std::malloc(json.size() + 1));
        if (copy != nullptr) std::memcpy(copy, json.c_str(), json.size() + 1);
        return copy != nullptr;
    });
    return copy;
}

const char *lcbvb_get_error(const lcbvb_CONFIG *cfg) { return cfg->errstr; }

void lcbvb_replace_host(lcbvb_CONFIG *cfg, const char *hostname) {
    (void)outcome(cfg, [hostname](VbucketConfig &config) {
        if (hostname == nullptr) return config.fail("no host is given");
        MapParts parts = parts_of(config);
        for (MapParts::Server &server : parts.servers)
            if (server.host == "$HOST") server.host = hostname;
        return rebuild(config, parts);
    });
}

void lcbvb_destroy(lcbvb_CONFIG *conf) {
    if (conf != nullptr) std::unique_ptr<VbucketConfig>(&config_of(conf)).reset();
}

int lcbvb_vbmaster(lcbvb_CONFIG *cfg, int vbid) { return has(cfg, vbid) ? cfg->vbuckets[vbid].servers[0] : -1; }

int lcbvb_vbreplica(lcbvb_CONFIG *cfg, int vbid, unsigned ix) {
    return has(cfg, vbid) ? config_of(cfg).map.replica(static_cast<std::uint16_t>(vbid), ix) : -1;
}

int lcbvb_nmv_remap(lcbvb_CONFIG *cfg, int vbid, int bad) {
    if (!has(cfg, vbid)) return -1;
    (void)outcome(cfg, [=](VbucketConfig &config) {
        const auto vbucket = static_cast<std::uint16_t>(vbid);
        config.map.found_incorrect_master(vbucket, bad);
        config.show_vbucket(vbucket);
        return true;
    });
    return lcbvb_vbmaster(cfg, vbid);
}

int lcbvb_map_key(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n, int *vbid, int *srvix) {
    *vbid = lcbvb_k2vb(cfg, key, n);
    *srvix = config_of(cfg).map.server_of(bytes_of(key, n));
    return 0;
}

int lcbvb_k2vb(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n) {
    return config_of(cfg).map.vbucket_of(bytes_of(key, n));
}

int lcbvb_has_vbucket(lcbvb_CONFIG *vbc, int vbid, int ix) {
    if (!has(vbc, vbid) || ix < 0) return 0;
    if (lcbvb_vbmaster(vbc, vbid) == ix) return 1;
    for (unsigned n = 0; n != vbc->nrepl; ++n)
        if (lcbvb_vbreplica(vbc, vbid, n) == ix) return 1;
    return 0;
}

unsigned lcbvb_get_nservers(const lcbvb_CONFIG *cfg) { return cfg->nsrv; }
unsigned lcbvb_get_nreplicas(const lcbvb_CONFIG *cfg) { return cfg->nrepl; }
lcbvb_DISTMODE lcbvb_get_distmode(const lcbvb_CONFIG *cfg) { return cfg->dtype; }
int lcbvb_get_revision(const lcbvb_CONFIG *cfg) { return cfg->revid; }

unsigned lcbvb_get_port(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCTYPE type, lcbvb_SVCMODE mode) {
    if (ix >= cfg->nsrv || mode != LCBVB_SVCMODE_PLAIN) return 0;
    const lcbvb_SERVICES &services = cfg->servers[ix].svc;
    switch (type) {
    case LCBVB_SVCTYPE_DATA: return services.data;
    case LCBVB_SVCTYPE_VIEWS: return services.views;
    case LCBVB_SVCTYPE_MGMT: return services.mgmt;
    default: return 0;
    }
}

const char *lcbvb_get_hostport(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCTYPE type, lcbvb_SVCMODE mode) {
    return lcbvb_get_port(cfg, ix, type, mode) != 0 ? cfg->servers[ix].svc.hoststrs[type] : nullptr;
}

const char *lcbvb_get_capibase(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCMODE mode) {
    return lcbvb_get_port(cfg, ix, LCBVB_SVCTYPE_VIEWS, mode) != 0 ? cfg->servers[ix].svc.views_base_ : nullptr;
}

lcbvb_CONFIGDIFF *lcbvb_compare(lcbvb_CONFIG *from, lcbvb_CONFIG *to) {
    lcbvb_CONFIGDIFF *made = nullptr;
    (void)guarded([&] {
        const auto told = tenon::ClusterMap::compare(config_of(from).map, config_of(to).map);
        return made = std::make_unique<Difference>(told).release(), LCB_SUCCESS;
    });
    return made;
}

void lcbvb_free_diff(lcbvb_CONFIGDIFF *diff) {
    if (diff != nullptr) std::unique_ptr<Difference>(static_cast<Difference *>(diff)).reset();
}

lcbvb_CHANGETYPE lcbvb_get_changetype(lcbvb_CONFIGDIFF *diff) {
    const bool others = *diff->servers_added != nullptr || *diff->servers_removed != nullptr;
    const bool servers = others || diff->sequence_changed != 0;
    const int bits = (servers ? LCBVB_SERVERS_MODIFIED : 0) | (diff->n_vb_changes != 0 ? LCBVB_MAP_MODIFIED : 0);
    return static_cast<lcbvb_CHANGETYPE>(bits);
}

int lcbvb_genconfig_ex(lcbvb_CONFIG *vb, const char *name, const char *uuid, const lcbvb_SERVER *servers,
                       unsigned nservers, unsigned nreplica, unsigned nvbuckets) {
    return outcome(vb, [=](VbucketConfig &config) {
        if (name == nullptr || servers == nullptr || nservers == 0) return config.fail("no name or no server is given");
        if (nreplica >= nservers || nreplica > 3) return config.fail("there are not so many servers for replicas");
        if (nvbuckets > kMostVbuckets) return config.fail("a map has 32,768 vBuckets at most");
        MapParts parts;
        parts.name = name;
        if (uuid != nullptr) parts.uuid = uuid;
        parts.replicas = nreplica;
        for (unsigned i = 0; i != nservers; ++i) {
            if (servers[i].hostname == nullptr) return config.fail("a server has no host name");
            const lcbvb_SERVICES &ports = servers[i].svc;
            parts.servers.push_back({servers[i].hostname, ports.data, ports.mgmt, ports.views});
        }
        for (unsigned vbucket = 0; vbucket != nvbuckets; ++vbucket) {
            std::vector<int> row;
            for (unsigned copy = 0; copy <= nreplica; ++copy)
                row.push_back(static_cast<int>((vbucket + copy) % nservers));
            parts.owners.push_back(std::move(row));
        }
        return rebuild(config, parts);
    });
}

int lcbvb_genconfig(lcbvb_CONFIG *vb, unsigned nservers, unsigned nreplica, unsigned nvbuckets) {
    return outcome(vb, [=](VbucketConfig &) {
        char localhost[] = "localhost";
        std::vector<lcbvb_SERVER> servers(nservers);
        for (unsigned i = 0; i != nservers; ++i) {
            servers[i].hostname = localhost;
            servers[i].svc.data = static_cast<lcb_U16>(1000 + i);
            servers[i].svc.views = static_cast<lcb_U16>(2000 + i);
            servers[i].svc.mgmt = static_cast<lcb_U16>(3000 + i);
        }
        return lcbvb_genconfig_ex(vb, "default", nullptr, servers.data(), nservers, nreplica, nvbuckets) == 0;
    });
}

void lcbvb_make_ketama(lcbvb_CONFIG *vb) {
    (void)outcome(vb, [](VbucketConfig &config) {
        MapParts parts = parts_of(config);
        parts.ketama = true;
        return rebuild(config, parts);
    });
}

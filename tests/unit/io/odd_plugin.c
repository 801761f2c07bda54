/* SPDX-License-Identifier: Apache-2.0 */
/* Creators that fail, each in its own way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/io.h>

int tenon_test_destroyed; /* tables given back */

static void destroy(struct tenon_io_ops *io) {
    ++tenon_test_destroyed;
    free(io);
}

static struct tenon_io_ops *empty_table(void) {
    struct tenon_io_ops *io = calloc(1, sizeof *io);
    if (io != NULL) io->destructor = destroy;
    return io;
}

/* By the usual name: refuses the version. */
int tenon_create_odd_io_ops(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)io;
    (void)cookie;
    return TENON_IO_EVERSION;
}

int odd_fails_with_77(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)io;
    (void)cookie;
    return 77;
}

int odd_fails_with_eperm(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)io;
    (void)cookie;
    return -EPERM;
}

int odd_gives_nothing(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)cookie;
    *io = NULL;
    return TENON_IO_OK;
}

int odd_gives_empty(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)cookie;
    *io = empty_table();
    return *io != NULL ? TENON_IO_OK : TENON_IO_ENOMEM;
}

int odd_gives_version_3(int version, struct tenon_io_ops **io, void *cookie) {
    (void)version;
    (void)cookie;
    *io = empty_table();
    if (*io == NULL) return TENON_IO_ENOMEM;
    (*io)->version = 3;
    return TENON_IO_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object under a plugin's name that exports no creator. */
int tenon_test_no_creator = 1;

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a program against a tenon-devcluster of its own: run.sh DEVCLUSTER PROGRAM [ARGUMENT…]; the cluster's address
# stands for the word CLUSTER in the arguments.
set -euo pipefail
. "$(dirname "$0")/../../../scripts/lib.sh"
server=$1
shift
devcluster "$server" cluster --nodes 2 --bucket default
"${@/#CLUSTER/$cluster}"

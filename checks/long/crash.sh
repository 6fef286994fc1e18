#!/usr/bin/env bash
# Five hundred crashes, and the whole crash matrix: each moment in each way.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. .mvn/find-jdk.sh || exit 1
status=0
./mvnw -q -B -Dfast -pl agent/kernel -am test -Dtest=CrashMatrixTest -Dcrash.matrix=full \
  -Dsurefire.failIfNoSpecifiedTests=false || { echo '  FAILED: the crash matrix' && status=1; }
GRID_CRASHES=${GRID_CRASHES:-500} bash checks/18-crash.sh || status=1
exit "$status"

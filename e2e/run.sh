#!/bin/bash
# The end-to-end tests: the built product against real servers and in a real browser. Called by `make test`.
#   e2e/run.sh [real|kill|agents|bad|churn|mail|provider|browser|stories|all]...      (default: all)
# Installs what it needs on the first run (services/install.sh says what) and ends with "N passed, N failed".
#   SKYBRIDGE_BINARY  another binary than target/debug/skybridge       E2E_SEED  the seed of the kill test, the agents and the churn
set -euo pipefail
E2E=$(cd "$(dirname "$0")" && pwd)
parts=()
for part in "${@:-all}"; do
  case $part in
    all) parts+=(real kill agents bad churn mail provider browser stories) ;;
    real | kill | agents | bad | churn | mail | provider | browser | stories | full) parts+=("$part") ;;
    *) echo "unknown part: $part (real, kill, agents, bad, churn, mail, provider, browser, stories, all)" >&2; exit 2 ;;
  esac
done
binary=${SKYBRIDGE_BINARY:-$E2E/../target/debug/skybridge}
[ -x "$binary" ] || { echo "no $binary: run \`make build\` first, or set SKYBRIDGE_BINARY" >&2; exit 2; }
"$E2E/services/install.sh"
cd "$E2E"
python3 -m unittest -q harness.selftest
exec python3 -m harness.main "$binary" "${parts[@]}"

#!/usr/bin/env bash
# `make bench`: CPU seconds and wall time of the hot paths, each beside a floor or a peer measured in the same run.
#   benches/run.sh [USERS [GROUPS [MEMORY_USERS [RECORDS]]]]     default 100000 5000 600000 10000000; 0 leaves out the part
#                                                                about memory or about log search
# Figures are ratios first: machines differ, and this one may be busy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo xtask build --release
cargo build --quiet --release -p expression --example throughput
cargo build --quiet --release -p directory --example read --example read_ldap3
cargo build --quiet --release -p storage-sqlite --example measure --example floor --example fill_log
cargo build --quiet --release -p engine --example cycle
cargo build --quiet --release -p lab --example forest
cargo build --quiet --release -p agent --example reading
cargo build --quiet --release -p service --example heartbeats --example fleet
command -v slapd ldapsearch >/dev/null || e2e/services/install.sh

echo "== Mapping language: attributes a second on one core (goal: 1,000,000)"
target/release/examples/throughput
echo
echo "== Store: pages of links and records, and log search"
target/release/examples/measure
echo
echo "== Heartbeats of 100,000 agents through the service (goal: 10 % of a core)"
target/release/examples/heartbeats
echo
memory=${3:-600000}
[ "$memory" = 0 ] && memory=
python3 benches/cycle.py "${1:-100000}" "${2:-5000}" ${memory:+"$memory"}
[ "${4:-10000000}" = 0 ] || python3 benches/logs.py "${4:-10000000}"
echo
python3 benches/agents.py reading 20000
echo
[ -z "$memory" ] || python3 benches/agents.py memory "$memory"
echo
python3 benches/agents.py fleet 10000

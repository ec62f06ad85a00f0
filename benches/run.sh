#!/usr/bin/env bash
# `make bench`: CPU seconds and wall time of the hot paths, each beside a floor or a peer measured in the same run.
#   benches/run.sh [USERS [GROUPS [MEMORY_USERS]]]      default 100000 5000 600000; MEMORY_USERS 0 leaves that part out
# Figures are ratios first: machines differ, and this one may be busy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -x target/release/skybridge ] || cargo xtask build --release
cargo build --quiet --release -p expression --example throughput
cargo build --quiet --release -p directory --example read --example read_ldap3
cargo build --quiet --release -p storage-sqlite --example measure --example floor
cargo build --quiet --release -p lab --example forest
command -v slapd ldapsearch >/dev/null || e2e/services/install.sh

echo "== Mapping language: attributes a second on one core (goal: 1,000,000)"
target/release/examples/throughput
echo
echo "== Store: pages of links and records, and log search"
target/release/examples/measure
echo
memory=${3:-600000}
[ "$memory" = 0 ] && memory=
PYTHONPATH=e2e exec python3 benches/cycle.py "${1:-100000}" "${2:-5000}" ${memory:+"$memory"}

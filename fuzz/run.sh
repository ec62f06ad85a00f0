#!/usr/bin/env bash
# Fuzzes each target for so many seconds (60 unless told): fuzz/run.sh [SECONDS] [TARGET…]
# Coverage comes from the compiler's own pass, so that the stable toolchain is enough. What crashes is left in
# fuzz/crashes and is run again by: fuzz/target/HOST/release/TARGET FILE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(dn filter expression scim ber status descriptor)
command -v g++ >/dev/null || { echo "fuzzing needs g++: apt-get install g++" >&2; exit 1; }

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
# The explicit target keeps the flags away from build scripts and macros.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="$coverage" cargo build --quiet --locked --release --target "$host"
mkdir -p crashes
for target in "${targets[@]}"; do
  echo "==> $target: $seconds s"
  mkdir -p "corpus/$target"
  seeds=()
  [ -d "seeds/$target" ] && seeds=("seeds/$target")
  failed=0
  "target/$host/release/$target" "corpus/$target" "${seeds[@]}" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="crashes/$target-" -print_final_stats=1 >"crashes/$target.log" 2>&1 || failed=1
  grep -aE 'stat::number_of_executed_units|ERROR|panicked|SUMMARY|Test unit' "crashes/$target.log" || true
  [ "$failed" = 0 ] || { echo "$target crashed; see fuzz/crashes" >&2; exit 1; }
done

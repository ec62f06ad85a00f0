#!/usr/bin/env bash
# Makes `cargo build --target wasm32-unknown-unknown` work: the browser part of the portal is compiled for it.
# rustup fetches the target where it can. Where it cannot (a closed network with a Debian mirror), the standard
# library is built from Debian's source package of the very same Rust version, which takes about half a minute.
set -euo pipefail

target=wasm32-unknown-unknown
libraries=$(rustc --print sysroot)/lib/rustlib/$target/lib
present() { compgen -G "$libraries/libstd-*.rlib" >/dev/null; }

present && exit 0
echo "Adding the Rust target $target" >&2
if command -v rustup >/dev/null && timeout 120 rustup target add "$target" >&2 && present; then exit 0; fi

version=$(rustc --version | cut -d' ' -f2)
echo "rustup could not add it; looking for Debian's source of Rust $version" >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A package index of our own: newer suites are read for this one source package and nothing is installed from them.
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -v security | head -n 1)
mirror=${mirror:-$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)}
[ -n "$mirror" ] || { echo "No Debian mirror is configured. Run: rustup target add $target" >&2; exit 1; }
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
for suite in trixie-backports trixie sid; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$scratch/sources.list"
options=(-o "Dir::Etc::SourceList=$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" -o APT::Sandbox::User=root)
apt-get -qq "${options[@]}" update >/dev/null 2>&1 || true
wanted=
for package in rust-src rust-web-src; do
  found=$(apt-cache "${options[@]}" madison "$package" 2>/dev/null |
    awk -F'|' -v version="$version" '{ gsub(/ /, "", $2) } index($2, version) == 1 { print $2; exit }')
  if [ -n "$found" ]; then wanted=$package=$found; break; fi
done
[ -n "$wanted" ] || { echo "No Debian package has the source of Rust $version. Run: rustup target add $target" >&2; exit 1; }

(cd "$scratch" && apt-get -qq "${options[@]}" download "$wanted" && dpkg-deb --extract ./*.deb source)
sources=$(rustc --print sysroot)/lib/rustlib/src
mkdir -p "$sources"
linked=
if [ ! -e "$sources/rust" ]; then
  ln -s "$(echo "$scratch"/source/usr/src/rustc-*)" "$sources/rust"
  linked=$sources/rust
fi
cargo new --quiet --vcs none --lib "$scratch/standard"
(cd "$scratch/standard" && RUSTC_BOOTSTRAP=1 cargo build --quiet --release --target "$target" -Z build-std=std,panic_abort)
mkdir -p "$libraries"
find "$scratch/standard/target/$target/release/deps" -name '*.rlib' ! -name 'libstandard*' -exec cp {} "$libraries/" \;
[ -z "$linked" ] || rm "$linked"
present || { echo "The standard library for $target could not be built. Run: rustup target add $target" >&2; exit 1; }
echo "Built the standard library for $target from $wanted" >&2

#!/bin/bash
# Installs what the tests use: Debian packages (Samba AD DC, slapd, LDAP tools, tinyproxy, dnsmasq, Chromium), a Python
# environment in e2e/.venv, and the npm packages of e2e/package-lock.json. Idempotent; says what it does.
#   services/install.sh [apt] [python] [npm]      (default: all three)
# Needs root, or sudo, for the Debian packages only. No package starts a daemon: a policy-rc.d that forbids it is in
# place while apt runs, and units that came with new packages are disabled where systemd is running.
. "$(dirname "$0")/lib.sh"
PACKAGES="samba samba-ad-dc samba-ad-provision samba-dsdb-modules ldb-tools python3-samba ldap-utils slapd ldap-utils
  tinyproxy-bin dnsmasq-base chromium openssl python3 python3-venv"
command -v npm >/dev/null || PACKAGES="$PACKAGES nodejs npm"

missing() {
  local p
  for p in $PACKAGES; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || echo "$p"
  done
}

install_apt() {
  local wanted policy=/usr/sbin/policy-rc.d ours=""
  # samba-ad-provision is a package of its own only where samba is split that way.
  wanted=$(missing)
  [ -n "$wanted" ] || return 0
  say "installing Debian packages (a minute or two):" $wanted
  if [ ! -e $policy ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$LOG/apt.log" 2>&1 || die "apt-get update failed: $LOG/apt.log"
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >>"$LOG/apt.log" 2>&1; then
    [ -z "$ours" ] || as_root rm -f $policy
    tail -5 "$LOG/apt.log" >&2
    die "apt-get install failed: $LOG/apt.log"
  fi
  if [ -d /run/systemd/system ]; then
    for unit in samba-ad-dc smbd nmbd winbind slapd; do
      grep -qw "${unit%d}" <<<"$wanted" && as_root systemctl disable -q "$unit" 2>/dev/null || true
    done
  fi
  [ -z "$ours" ] || as_root rm -f $policy
}

# stamp MARK FILE CMD...: runs CMD when FILE changed since the last success, which MARK remembers.
stamp() {
  local mark=$1 sum; sum=$(sha256sum <"$2")
  shift 2
  [ "$(cat "$mark" 2>/dev/null)" = "$sum" ] && return 0
  "$@"
  echo "$sum" >"$mark"
}

python_packages() {
  say "installing Python packages into e2e/.venv"
  [ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check -r "$E2E/requirements.txt"
}

npm_packages() {
  say "installing npm packages into e2e/node_modules"
  (cd "$E2E" && npm ci --silent --no-audit --no-fund)
}

[ $# -gt 0 ] || set -- apt python npm
for part in "$@"; do
  case $part in
    apt) install_apt ;;
    python) stamp "$VENV/.installed" "$E2E/requirements.txt" python_packages ;;
    npm) stamp "$E2E/node_modules/.installed" "$E2E/package-lock.json" npm_packages ;;
    *) die "unknown part: $part (apt, python, npm)" ;;
  esac
done

#!/bin/bash
# A name server on 127.0.0.42, port 53 (where resolvers look): dnsmasq with the records of a domain's controllers.
#   services/dns.sh up DOMAIN HOST[=ADDRESS]...  controllers in the order in which they want to be asked
#   services/dns.sh with COMMAND...              runs a command whose names are looked up there and nowhere else
#   services/dns.sh down
# Runs as root (through sudo when needed): the port, and the mount namespace of `with`, ask for it.
. "$(dirname "$0")/lib.sh"
IP=127.0.0.42

if [ "$(id -u)" != 0 ]; then
  exec sudo -- env "E2E_WORK=$WORK" "OWNER=$(id -u):$(id -g)" bash "$SERVICES/dns.sh" "$@"
fi

up() {
  local domain=$1 host priority=0 records=()
  shift
  alive dns && return 0
  for host in "$@"; do
    records+=("--srv-host=_ldap._tcp.dc._msdcs.$domain,${host%%=*},389,$priority,100")
    case $host in *=*) records+=("--host-record=${host%%=*},${host#*=}") ;; esac
    priority=$((priority + 1))
  done
  start dns dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --no-resolv --no-hosts --user=root \
    --listen-address=$IP --bind-interfaces --log-facility=- "${records[@]}"
  until_true 10 "the name server on $IP" port_answers $IP 53
}

# Only what runs in there sees the other files.
with() {
  printf 'nameserver %s\noptions timeout:2 attempts:2\n' $IP >"$RUN/resolv.conf"
  printf 'hosts: files dns\n' >"$RUN/nsswitch.conf"
  local as=()
  [ -z "${OWNER:-}" ] || as=(setpriv --reuid="${OWNER%:*}" --regid="${OWNER#*:}" --clear-groups)
  RUN=$RUN exec unshare --mount bash -c 'mount --bind "$RUN/resolv.conf" /etc/resolv.conf &&
    mount --bind "$RUN/nsswitch.conf" /etc/nsswitch.conf && exec "$@"' with "${as[@]}" "$@"
}

case ${1:-} in
  up | with) "$@" ;;
  down) stop dns ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac

#!/bin/bash
# A Samba Active Directory domain controller: E2E.LOCAL on 127.0.0.41, LDAP 389 and LDAPS 636 (Samba's ports are fixed).
#   services/samba.sh up | down | wipe | load FILE.ldif... | recycle-bin
# SAMBA_RECYCLE_BIN=off provisions without the recycle bin; `recycle-bin` turns it on later, for good.
# Runs as root (through sudo when needed). `up` provisions on the first run, starts the LDAP service alone and returns
# when it answers; `load` adds LDIF files offline in batch mode, the fast way for many thousands of objects.
# What a client needs to know is in .work/samba.env: URL, CA, administrator, a plain account for reading.
. "$(dirname "$0")/lib.sh"
IP=${SAMBA_IP:-127.0.0.41}
REALM=E2E.LOCAL BASE=DC=e2e,DC=local HOST=dc1
DIR=$WORK/samba CONF=$DIR/etc/smb.conf SAM=$DIR/private/sam.ldb ENV=$WORK/samba.env

if [ "$(id -u)" != 0 ]; then
  certificate samba "DNS:$HOST.e2e.local,DNS:e2e.local,IP:$IP"
  exec sudo -- env "E2E_WORK=$WORK" "SAMBA_IP=$IP" "SAMBA_RECYCLE_BIN=${SAMBA_RECYCLE_BIN:-on}" "OWNER=$(id -u):$(id -g)" bash "$SERVICES/samba.sh" "$@"
fi

# One setting file; the password never leaves .work.
provision() {
  [ -s "$SAM" ] && [ -s "$ENV" ] && return 0
  say "provisioning the Samba domain $REALM"
  rm -rf "$DIR" "$ENV"
  mkdir -p "$DIR"/{etc,run,log,cache}
  certificate samba "DNS:$HOST.e2e.local,DNS:e2e.local,IP:$IP"
  chown 0:0 "$CA/samba.key" # Samba refuses a key of another owner
  local admin reader
  admin=Aa1-$(openssl rand -hex 12) reader=Aa1-$(openssl rand -hex 12)
  : >"$CONF"
  samba-tool domain provision --realm=$REALM --domain=E2E --server-role=dc --dns-backend=NONE --adminpass="$admin" \
    --targetdir="$DIR" --host-name=$HOST --host-ip="$IP" --configfile="$CONF" --backend-store=mdb \
    --backend-store-size=4Gb --option="interfaces=$IP/8" --option='bind interfaces only=yes' \
    >"$LOG/samba-provision.log" 2>&1 || { tail -5 "$LOG/samba-provision.log" >&2; die "provisioning failed"; }
  sed -i '/server services =/d' "$CONF"
  local setting
  for setting in "server services = ldap" "pid directory = $DIR/run" "lock directory = $DIR/run" \
    "ncalrpc dir = $DIR/run/ncalrpc" "winbindd socket directory = $DIR/run/winbindd" \
    "ntp signd socket directory = $DIR/run/ntp_signd" "log level = 1" "prefork children = 6" \
    "ldap server require strong auth = no" "disable netbios = yes" "tls keyfile = $CA/samba.key" \
    "tls certfile = $CA/samba.pem" "tls cafile = $CA/ca.pem"; do
    sed -i "/^\[global\]/a \\\t$setting" "$CONF"
  done
  [ "${SAMBA_RECYCLE_BIN:-on}" = off ] || recycle_bin
  samba-tool domain passwordsettings set --max-pwd-age=0 -H "$SAM" --configfile="$CONF" >/dev/null
  samba-tool user create svc-sync "$reader" --userou=CN=Users -H "$SAM" --configfile="$CONF" >/dev/null
  (
    umask 077
    printf '%s\n' "URL=ldaps://$IP:636" "CA=$CA/ca.pem" "BASE=$BASE" "ADMIN_DN=CN=Administrator,CN=Users,$BASE" \
      "ADMIN_PASSWORD=$admin" "READER_DN=CN=svc-sync,CN=Users,$BASE" "READER_PASSWORD=$reader" >"$ENV"
  )
  if [ -n "${OWNER:-}" ]; then chown "$OWNER" "$ENV"; fi
}

# The recycle bin is an optional feature that Samba enables offline only. Once it is on, Samba can bring nothing back:
# its reanimation of tombstones insists on an isRecycled that deleted objects have not got then.
recycle_bin() {
  local was=0
  if alive samba; then was=1; stop samba; fi
  printf 'dn:\nchangetype: modify\nadd: enableOptionalFeature\nenableOptionalFeature: CN=Partitions,CN=Configuration,%s:766ddcd8-acd0-445e-f3b9-a7f9b6744f2a\n' "$BASE" |
    ldbmodify --configfile="$CONF" -H "$SAM" >/dev/null
  [ $was = 0 ] || up
}

answers() {
  LDAPTLS_CACERT=$CA/ca.pem ldapsearch -x -LLL -H "ldaps://$IP:636" -s base -b '' dnsHostName
}

up() {
  provision
  rm -f "$DIR"/run/samba.pid
  start samba samba -F --no-process-group --configfile="$CONF" --debug-stdout
  until_true 60 "Samba on $IP:636" answers
}

load() {
  provision
  local was=0 file
  if alive samba; then was=1; stop samba; fi
  for file in "$@"; do
    ldbadd -o batch_mode:1 -o transaction_index_cache_size:200000 --nosync --configfile="$CONF" -H "$SAM" "$file" \
      >"$LOG/samba-load.log" 2>&1 || { tail -5 "$LOG/samba-load.log" >&2; die "loading $file failed"; }
  done
  [ $was = 0 ] || up
}

case ${1:-} in
  up) up ;;
  down) stop samba ;;
  wipe) stop samba; rm -rf "$DIR" "$ENV" ;;
  load) shift; load "$@" ;;
  recycle-bin) recycle_bin ;;
  *) sed -n 2,7p "$0"; exit 2 ;;
esac

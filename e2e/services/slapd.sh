#!/bin/bash
# OpenLDAP's slapd with the mdb backend, dc=e2e,dc=test, on a free loopback port, LDAPS and StartTLS with our own CA.
#   services/slapd.sh up | down | wipe | load FILE.ldif...
# `load` replaces what is there (slapadd, offline). Needs no root. What a client needs is in .work/slapd.env.
. "$(dirname "$0")/lib.sh"
DIR=$WORK/slapd CONF=$DIR/slapd.conf ENV=$WORK/slapd.env BASE=dc=e2e,dc=test

configure() {
  [ -s "$CONF" ] && [ -s "$ENV" ] && return 0
  mkdir -p "$DIR/db"
  certificate slapd DNS:localhost,IP:127.0.0.1
  local password port tls schema
  password=$(openssl rand -hex 12) port=$(free_port) tls=$(free_port)
  {
    for schema in core cosine inetorgperson; do echo "include /etc/ldap/schema/$schema.schema"; done
    cat <<CONF
pidfile $DIR/slapd.pid
argsfile $DIR/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
TLSCACertificateFile $CA/ca.pem
TLSCertificateFile $CA/slapd.pem
TLSCertificateKeyFile $CA/slapd.key
loglevel none
# The server's own limit on one answer: a reader that does not page sees a cut-off list, as in real life.
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
sortvals member
database mdb
suffix $BASE
rootdn cn=admin,$BASE
rootpw $password
directory $DIR/db
maxsize 2147483648
dbnosync
# Content synchronisation (RFC 4533); the log tells what was deleted between two visits.
overlay syncprov
syncprov-sessionlog 1000
index objectClass,entryUUID,entryCSN,uid,cn,member eq
access to attrs=userPassword by anonymous auth by * none
access to * by users read
CONF
  } >"$CONF"
  (
    umask 077
    printf '%s\n' "URL=ldaps://127.0.0.1:$tls" "PLAIN_URL=ldap://127.0.0.1:$port" "CA=$CA/ca.pem" "BASE=$BASE" \
      "ADMIN_DN=cn=admin,$BASE" "ADMIN_PASSWORD=$password" "READER_DN=uid=svc-sync,$BASE" \
      "READER_PASSWORD=$password" >"$ENV"
  )
}

value() { sed -n "s/^$1=//p" "$ENV"; }

answers() { LDAPTLS_CACERT=$CA/ca.pem ldapsearch -x -LLL -H "$(value URL)" -s base -b '' namingContexts; }

base_entries() {
  cat <<LDIF
dn: $BASE
objectClass: dcObject
objectClass: organization
dc: e2e
o: End to end

dn: uid=svc-sync,$BASE
objectClass: account
objectClass: simpleSecurityObject
uid: svc-sync
userPassword: $(value READER_PASSWORD)

LDIF
}

up() {
  configure
  [ -e "$DIR/db/data.mdb" ] || base_entries | slapadd -q -f "$CONF"
  start slapd slapd -d 0 -h "$(value PLAIN_URL)/ $(value URL)/" -f "$CONF"
  until_true 30 "slapd on $(value URL)" answers
}

load() {
  configure
  local was=0
  if alive slapd; then was=1; stop slapd; fi
  rm -f "$DIR"/db/*.mdb
  { base_entries; cat "$@"; } | slapadd -q -f "$CONF" >"$LOG/slapd-load.log" 2>&1 ||
    { tail -5 "$LOG/slapd-load.log" >&2; die "slapadd failed"; }
  [ $was = 0 ] || up
}

case ${1:-} in
  up) up ;;
  down) stop slapd ;;
  wipe) stop slapd; rm -rf "$DIR" "$ENV" ;;
  load) shift; load "$@" ;;
  *) sed -n 2,4p "$0"; exit 2 ;;
esac

#!/bin/bash
# OpenID Connect provider: the npm package oidc-provider on express, in memory, on a free loopback port.
#   services/oidc.sh up CALLBACK | down
# CALLBACK is the one address to which it sends people back. Whoever types a name is that person, with the groups that the
# name says: anna.Admins+Staff is anna in Admins and Staff. Address, client and secret are in .work/oidc.env.
. "$(dirname "$0")/lib.sh"
ENV=$WORK/oidc.env

up() {
  alive oidc && return 0
  local port secret; port=$(free_port) secret=$(openssl rand -hex 16)
  (
    umask 077
    printf '%s\n' "ISSUER=http://127.0.0.1:$port" "CLIENT=skybridge" "SECRET=$secret" >"$ENV"
  )
  PORT=$port SECRET=$secret CALLBACK=$1 start oidc node "$SERVICES/oidc.mjs"
  until_true 30 "oidc-provider on port $port" port_answers 127.0.0.1 "$port"
}

case ${1:-} in
  up) up "$2" ;;
  down) stop oidc ;;
  *) sed -n 2,5p "$0"; exit 2 ;;
esac

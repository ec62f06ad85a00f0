#!/bin/bash
# SCIM server 2: the npm packages scimmy and scimmy-routers on express, in memory, on a free loopback port.
#   services/scimmy.sh up | down
# Every start is an empty server. Address, token and the file of answered writes are in .work/scimmy.env.
. "$(dirname "$0")/lib.sh"
ENV=$WORK/scimmy.env

up() {
  alive scimmy && return 0
  local port token; port=$(free_port) token=$(openssl rand -hex 16)
  : >"$WORK/scimmy.writes"
  (
    umask 077
    printf '%s\n' "URL=http://127.0.0.1:$port/scim/v2" "TOKEN=$token" "WRITES=$WORK/scimmy.writes" >"$ENV"
  )
  PORT=$port SCIM_TOKEN=$token SCIM_WRITES=$WORK/scimmy.writes start scimmy node "$SERVICES/scimmy.mjs"
  until_true 30 "scimmy on port $port" port_answers 127.0.0.1 "$port"
}

case ${1:-} in
  up) up ;;
  down) stop scimmy ;;
  *) sed -n 2,4p "$0"; exit 2 ;;
esac

#!/bin/bash
# SCIM server 1: the PyPI package scim2-server (PATCH, filters, ETags), in memory, on a free loopback port.
#   services/scim2.sh up | down
# Every start is an empty server. Address, token and the file of answered writes are in .work/scim2.env.
. "$(dirname "$0")/lib.sh"
ENV=$WORK/scim2.env

answers() {
  local url; url=$(sed -n 's/^URL=//p' "$ENV")
  local port=${url#http://127.0.0.1:}
  port_answers 127.0.0.1 "${port%%/*}"
}

up() {
  alive scim2 && return 0
  local port token; port=$(free_port) token=$(openssl rand -hex 16)
  : >"$WORK/scim2.writes"
  (
    umask 077
    printf '%s\n' "URL=http://127.0.0.1:$port/v2" "TOKEN=$token" "WRITES=$WORK/scim2.writes" >"$ENV"
  )
  SCIM_TOKEN=$token SCIM_WRITES=$WORK/scim2.writes start scim2 "$VENV/bin/gunicorn" --chdir "$SERVICES" -w 1 \
    --threads 8 --keep-alive 30 -b "127.0.0.1:$port" scim2_app:app
  until_true 30 "scim2-server on port $port" answers
}

case ${1:-} in
  up) up ;;
  down) stop scim2 ;;
  *) sed -n 2,4p "$0"; exit 2 ;;
esac

#!/bin/bash
# Mail server: the PyPI package mail-devel (SMTP with STARTTLS and TLS, sign-in required, mailboxes read over IMAP), in
# memory, on free loopback ports.
#   services/mail.sh up | down | wipe
# Every start is an empty server, on the ports of the one before unless it was wiped. Ports, name and password are in
# .work/mail.env; its authority is .work/ca/ca.pem.
. "$(dirname "$0")/lib.sh"
ENV=$WORK/mail.env

value() { sed -n "s/^$1=//p" "$ENV"; }
answers() { port_answers 127.0.0.1 "$(value SMTP)" && port_answers 127.0.0.1 "$(value IMAP)"; }

up() {
  alive mail && return 0
  certificate mail DNS:localhost,IP:127.0.0.1
  [ -s "$ENV" ] || (
    umask 077
    printf '%s\n' "SMTP=$(free_port)" "SMTPS=$(free_port)" "IMAP=$(free_port)" "HTTP=$(free_port)" \
      USERNAME=post@example.org "PASSWORD=$(openssl rand -hex 12)" >"$ENV"
  )
  start mail "$VENV/bin/mail_devel" --host 127.0.0.1 --smtp-port "$(value SMTP)" --smtps-port "$(value SMTPS)" \
    --imap-port "$(value IMAP)" --http-port "$(value HTTP)" --user post@example.org --multi-user \
    --password "$(value PASSWORD)" --auth-required --cert "$CA/mail.pem" --key "$CA/mail.key"
  until_true 30 "the mail server on port $(value SMTP)" answers
}

case ${1:-} in
  up) up ;;
  down) stop mail ;;
  wipe) stop mail; rm -f "$ENV" ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac

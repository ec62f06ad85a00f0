#!/bin/bash
# The real-input tests at full size: 10,000 users and 500 groups (one of 5,000 members) in Samba and in slapd, into the
# built-in directory and into SCIM servers, with the time of every cycle, and through agents that are killed on the way. No
# part of `make test`. Use a release build:
#   SKYBRIDGE_BINARY=target/release/skybridge e2e/full-size.sh
exec "$(dirname "$0")/run.sh" full

# Shared by every recipe in this folder: where things are, and starting, probing and stopping of one server.
# Everything lives under e2e/.work, listens on loopback only, and is ended by the pid file that its recipe wrote.
set -euo pipefail
SERVICES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E=$(dirname "$SERVICES")
WORK=${E2E_WORK:-$E2E/.work}
VENV=$E2E/.venv
CA=$WORK/ca
RUN=$WORK/run
LOG=$WORK/log
mkdir -p "$RUN" "$LOG" "$CA"
PATH=$PATH:/usr/sbin:/sbin

say() { printf 'e2e: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# as_root CMD...: directly when we are root, through sudo otherwise.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this step needs root: run as root or install sudo ($*)"
  sudo -- "$@"
}

pid_of() { cat "$RUN/$1.pid" 2>/dev/null || true; }
alive() { local p; p=$(pid_of "$1"); [ -n "$p" ] && [ -d "/proc/$p" ]; }

# start NAME CMD...: in its own session, output to the log folder; nothing when it already runs.
start() {
  local name=$1; shift
  if alive "$name"; then return 0; fi
  setsid "$@" >"$LOG/$name.log" 2>&1 </dev/null &
  echo $! >"$RUN/$name.pid"
}

# until_true SECONDS WHAT CMD...: probes until CMD succeeds; names WHAT when it never does.
until_true() {
  local seconds=$1 what=$2 end; shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || die "$what did not answer within $seconds s (logs: $LOG)"
    read -rt 0.05 <> <(:) || true
  done
}

port_answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# stop NAME: TERM to the recorded pid, KILL to the same pid when it outlives 20 s.
stop() {
  local p end; p=$(pid_of "$1")
  if alive "$1"; then
    kill "$p" 2>/dev/null || true
    end=$((SECONDS + 20))
    while [ -d "/proc/$p" ] && [ $SECONDS -lt $end ]; do read -rt 0.05 <> <(:) || true; done
    if [ -d "/proc/$p" ]; then kill -9 "$p" 2>/dev/null || true; fi
  fi
  rm -f "$RUN/$1.pid"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# certificate NAME SUBJECT-ALT-NAMES: key and certificate of our own test authority.
certificate() {
  if [ ! -s "$CA/ca.pem" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$CA/ca.key" -out "$CA/ca.pem" -days 3650 \
      -subj "/CN=Skybridge end-to-end CA" -addext basicConstraints=critical,CA:TRUE \
      -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  fi
  [ -s "$CA/$1.pem" ] && return 0
  openssl req -newkey rsa:2048 -nodes -keyout "$CA/$1.key" -out "$CA/$1.csr" -subj "/CN=$1" 2>/dev/null
  chmod 600 "$CA/$1.key"
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$2" >"$CA/$1.ext"
  openssl x509 -req -in "$CA/$1.csr" -CA "$CA/ca.pem" -CAkey "$CA/ca.key" -CAcreateserial -days 3650 \
    -extfile "$CA/$1.ext" -out "$CA/$1.pem" 2>/dev/null
}

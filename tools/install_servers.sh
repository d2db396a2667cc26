#!/bin/sh
# Installs the real servers that the tests use, and libfaketime that moves the clock of a process, when they are missing and this user may; says plainly when not.
missing=""
[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed:$missing (no apt-get here). The tests that need them are skipped." >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n"
else
    echo "Not installed:$missing (needs root). The tests that need them are skipped; to have them: sudo apt-get install$missing" >&2
    exit 0
fi
echo "Installing$missing with apt-get ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# A server that apt would start by itself is of no use here: the tests start private ones.
if ! { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "apt-get could not install$missing: see above. The tests that need them are skipped." >&2
fi
rm -f "$log"
exit 0

#!/bin/sh
# make_venv.sh PYTHON DIR: makes the virtual environment, or says in one sentence what is missing and how to get it.
python=$1
venv=$2
if [ -z "$python" ]; then
    echo "Python 3.11 or later is needed and was not found. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
    exit 2
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "The Python module venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 2
fi
"$python" -m venv "$venv" || {
    rm -rf "$venv"
    echo "The virtual environment could not be made in $venv: see the message above (disk full, or no right to write here?)" >&2
    exit 2
}

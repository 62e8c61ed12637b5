# Sourced by ./demo, ./test and .ci/run: makes .venv hold what the lock file named in $1 says, and this project, editable.
# uv if it is there, else python's own venv and pip, else a message that says what to install. POSIX sh.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --python "$python" .venv
    elif ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        say "Cannot make a virtual environment. Install uv, or python3-venv and try again:"
        say "    sudo apt-get install python3-venv"
        return 1
    fi
}

install_locked() {
    if [ -n "$uv" ]; then
        "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r "$1" &&
            "$uv" pip install --quiet --python .venv/bin/python --no-deps -e .
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1" &&
            .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
    fi
}

prepare() {
    lock=$1
    uv=$(command -v uv || true)
    [ -z "$uv" ] || export UV_PYTHON_DOWNLOADS=never
    if ! python=$(find_python); then
        say "pimtrail needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"
        return 1
    fi
    [ -x .venv/bin/python ] || make_venv || return 1
    stamp=.venv/.installed-$lock
    if [ "$(cat "$stamp" 2>/dev/null)" != "$(cksum "$lock" pyproject.toml)" ]; then
        say "Installing what $lock lists (once; about a minute) …"
        if ! install_locked "$lock"; then
            say "The packages could not be installed: is the package registry reachable?"
            return 1
        fi
        rm -f .venv/.installed-*
        cksum "$lock" pyproject.toml >"$stamp"
    fi
}

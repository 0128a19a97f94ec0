#!/usr/bin/env bash
# Sends generated requests to the demonstration server as three roles and as nobody, and fails on any 5xx and on any
# answer that openapi.yaml does not promise. The server is this workspace's binary with made-up people in a folder of
# its own; it is stopped and the folder removed at the end.
#
#   REFERO_BIN                a binary to use (default: built with the dev profile)
#   REFERO_CONTRACT_SPEC      the contract (default: openapi.yaml)
#   REFERO_CONTRACT_EXAMPLES  generated cases per operation and role (default 10)
#   REFERO_CONTRACT_PHASES    default examples,coverage,fuzzing; `stateful` can be added
#   REFERO_CONTRACT_MINUTES   limit for each role (default 15); reaching it fails the run
#   REFERO_CONTRACT_VENV      where the tool is installed (default ci/.venv)
set -euo pipefail

cd "$(dirname "$0")/.."
spec=${REFERO_CONTRACT_SPEC:-openapi.yaml}
examples=${REFERO_CONTRACT_EXAMPLES:-10}
phases=${REFERO_CONTRACT_PHASES:-examples,coverage,fuzzing}
minutes=${REFERO_CONTRACT_MINUTES:-15}
venv=${REFERO_CONTRACT_VENV:-ci/.venv}
roles='first_responder case_coordinator service_provider_worker'

work=''
server=''

say() { printf 'schemathesis: %s\n' "$*"; }

finish() {
  local code=$?
  trap - EXIT
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$code" -ne 0 ] && [ -n "$work" ] && [ -s "$work/server.err" ]; then
    say 'the last lines of the server:'
    tail -n 30 "$work/server.err"
  fi
  [ -z "$work" ] || rm -rf "$work"
  exit "$code"
}

install_tool() {
  # The marker is the requirements that were installed: a changed file installs again.
  if ! cmp -s ci/requirements.txt "$venv/requirements.txt"; then
    say "installing into $venv"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r ci/requirements.txt
    cp ci/requirements.txt "$venv/requirements.txt"
  fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

binary() {
  if [ -n "${REFERO_BIN:-}" ]; then
    printf '%s\n' "$REFERO_BIN"
  else
    cargo build --quiet --locked --bin refero >&2
    printf '%s/debug/refero\n' "${CARGO_TARGET_DIR:-target}"
  fi
}

# The server prints one line of JSON when it is ready, and nothing before.
start_server() {
  local bin waited=0
  bin=$(binary)
  "$bin" demo --json --port "$(free_port)" --data-dir "$work/data" >"$work/ready.json" 2>"$work/server.err" </dev/null &
  server=$!
  until [ -s "$work/ready.json" ] && python3 -m json.tool "$work/ready.json" >/dev/null 2>&1; do
    if ! kill -0 "$server" 2>/dev/null; then
      say 'the server stopped before it was ready'
      return 1
    fi
    waited=$((waited + 1))
    if [ "$waited" -gt 600 ]; then
      say 'the server was not ready after 120 seconds'
      return 1
    fi
    sleep 0.2
  done
  base_url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["base_url"])' "$work/ready.json")
}

# Signs in once as the role, and writes the file from which the tool signs in again by itself before a token ends.
sign_in() {
  python3 - "$work/ready.json" "$1" "$work/auth-$1.json" <<'PYTHON'
import json, sys, urllib.error, urllib.request

ready, role, target = sys.argv[1:]
demo = json.load(open(ready))
account = next((a for a in demo["accounts"] if a["role"] == role), None)
if account is None:
    sys.exit(f"schemathesis: the demonstration has no account with the role {role}")
credentials = {"username": account["username"], "password": account["password"]}
request = urllib.request.Request(
    demo["base_url"] + "/v1/session", json.dumps(credentials).encode(), {"Content-Type": "application/json"}
)
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["access_token"]
except urllib.error.HTTPError as error:
    sys.exit(f"schemathesis: signing in as {role} was answered {error.code}")
login = {
    "verb": "POST",
    "endpoint": "/v1/session",
    "contentType": "application/json",
    "payloadUserPwd": {"usernameField": "username", "passwordField": "password", **credentials},
    "token": {
        "extractFrom": "body",
        "extractSelector": "/access_token",
        "sendIn": "header",
        "sendName": "Authorization",
        "sendTemplate": "Bearer {token}",
    },
}
json.dump({"auth": [{"name": role, "loginEndpointAuth": login}]}, open(target, "w"))
PYTHON
}

# Runs one role; prints how many cases were sent. A run that sent none proves nothing, and neither does one whose token
# no operation takes: fewer operations than `least` that were answered 2xx fail it.
run_as() {
  local role=$1 least=$2 code=0
  shift 2
  say "as $role"
  timeout "${minutes}m" "$venv/bin/schemathesis" --config-file ci/schemathesis.toml run "$spec" \
    --url "$base_url" --phases "$phases" --max-examples "$examples" --no-color \
    --report json --report-json-path "$work/report-$role.json" "$@" || code=$?
  if [ "$code" -eq 124 ]; then
    say "as $role: not finished after $minutes minutes"
    return 1
  fi
  python3 - "$work/report-$role.json" "$role" "$least" <<'PYTHON' || code=1
import json, sys

path, role, least = sys.argv[1:]
try:
    report = json.load(open(path))
except OSError:
    sys.exit(f"schemathesis: as {role}: no report")
rates = report["valid_rates"].values()
accepted = sum(any(phase["accepted"] for phase in phases.values()) for phases in rates)
cases = report["test_cases"]["generated"]
print(
    f"schemathesis: as {role}: {cases} cases, {report['operations']['tested']} operations, "
    f"{accepted} of them answered 2xx, {len(report['failures'])} failures, {len(report['errors'])} errors"
)
if not cases or not report["complete"] or report["auth"]["reauth_broke"]:
    sys.exit(f"schemathesis: as {role}: the run was not complete, or its sign-in stopped working")
if accepted < int(least):
    sys.exit(f"schemathesis: as {role}: fewer than {least} operations were answered 2xx, so it tested too little")
PYTHON
  [ "$code" -eq 0 ]
}

if [ ! -f "$spec" ]; then
  say "there is no $spec"
  exit 1
fi
install_tool
work=$(mktemp -d)
trap finish EXIT
start_server
say "the server is ready at $base_url"

failed=''
for role in $roles; do
  sign_in "$role"
  # Signing out would end the role's own session; a wrong password, also the present one where it is asked for again, counts as a
  # failed sign-in and would make the tool's next one wait (429).
  run_as "$role" 20 --auth-wfc "$work/auth-$role.json" --exclude-path-regex '^/v1/(session|me/(password|second-factor))' ||
    failed="$failed $role"
done
# The sessions themselves, and every operation without a token: last, because wrong passwords are counted.
run_as nobody 3 || failed="$failed nobody"

if ! kill -0 "$server" 2>/dev/null; then
  say 'the server did not survive'
  failed="$failed server"
fi
if [ -n "$failed" ]; then
  say "failed as:$failed"
  exit 1
fi
say 'passed'

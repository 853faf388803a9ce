#!/usr/bin/env bash
# Builds with warnings as errors, checks the formatting, runs every test against real PostgreSQL and RabbitMQ, and ends with one line:
# "N passed, N failed, N skipped". Installs what is missing where it may (Debian or Ubuntu, as root); elsewhere it says what to install.
#   ./test.sh            everything
#   ./test.sh NAME...    only the test projects whose names contain one of NAME
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

die() { printf '%s\n' "$*" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
step() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

step "Tools"
command -v dotnet >/dev/null || die "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download"
command -v npm >/dev/null || die "npm is missing: install Node.js 20 or newer from https://nodejs.org"
need=()
command -v rabbitmq-server >/dev/null || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || need+=(rabbitmq-server)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || need+=(chromium)
/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || need+=(python3-grpcio python3-protobuf)
if [ ${#need[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # The package would start a broker of its own; the tests start private ones.
    policy=/usr/sbin/policy-rc.d
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${need[@]}"; } >/dev/null 2>apt-errors.log ||
      { cat apt-errors.log >&2; rm -f apt-errors.log; die "apt-get could not install: ${need[*]}"; }
    rm -f apt-errors.log
    rm -f $policy
    trap - EXIT
  else
    die "Missing for the tests: ${need[*]} (on Debian: apt-get install ${need[*]})"
  fi
fi

step "Restore"
dotnet tool restore >/dev/null || die "dotnet tool restore failed"
(cd tests/tools && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error; }) || die "npm ci in tests/tools failed"

step "Format"
dotnet csharpier check . || die "Formatting differs: run 'dotnet csharpier format .'"

step "Build"
dotnet build Platform.sln -v q -nologo || die "The build failed"

step "PostgreSQL and RabbitMQ"
work=$(mktemp -d)
env_file=$work/services.env
dotnet artifacts/bin/AppHost/debug/AppHost.dll --services-only --env-file "$env_file" >"$work/services.log" 2>&1 &
services=$!
stop_services() {
  if kill -TERM "$services" 2>/dev/null; then wait "$services"; fi
  rm -rf "$work"
}
trap stop_services EXIT
for _ in $(seq 1 120); do
  [ -s "$env_file" ] && break
  kill -0 "$services" 2>/dev/null || break
  sleep 1
done
[ -s "$env_file" ] || { cat "$work/services.log" >&2; die "PostgreSQL or RabbitMQ did not start"; }
# Lines are NAME=value, and values hold semicolons: read, not sourced.
while IFS= read -r line; do export "${line?}"; done <"$env_file"

passed=0 failed=0 skipped=0
count() { grep -ao '<Counters [^>]*>' "$2" | grep -ao " $1=\"[0-9]*\"" | grep -ao '[0-9]*'; }
run() { # one test project; the numbers come from the runner's own report
  local project=$1 name report code
  name=$(basename "$project") report=$work/$name.trx
  dotnet test "$project" --no-build --nologo --logger "console;verbosity=minimal" --logger "trx;LogFileName=$report" --blame-hang-timeout 10m 2>&1 |
    grep -avE '^Test run for|^A total of|^VSTest version|^Results File:|^$'
  code=${PIPESTATUS[0]}
  if [ ! -s "$report" ] || [ "$(count total "$report")" = 0 ]; then
    failed=$((failed + 1))
    echo "$name: no test ran"
    return
  fi
  local bad
  bad=$(count failed "$report")
  [ "$code" = 0 ] || [ "$bad" != 0 ] || { bad=1 && echo "$name: the runner ended with code $code"; }
  passed=$((passed + $(count passed "$report"))) failed=$((failed + bad)) skipped=$((skipped + $(count notExecuted "$report")))
}

for folder in tests/*.Tests; do
  name=$(basename "$folder")
  if [ $# -gt 0 ]; then
    chosen=
    for pattern in "$@"; do [[ $name == *$pattern* ]] && chosen=1; done
    [ -n "$chosen" ] || continue
  fi
  step "$name"
  run "$folder"
done

step "Done"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]

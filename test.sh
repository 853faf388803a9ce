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
run() { # one test project; the runner's last line carries the numbers
  local project=$1 log=$work/test.log
  dotnet test "$project" --no-build --nologo --logger "console;verbosity=normal" --blame-hang-timeout 10m >"$log" 2>&1
  local code=$? line
  line=$(grep -E '^(Passed|Failed|Skipped)! ' "$log" | tail -n 1)
  grep -vE '^\s+Passed |^\[xUnit|^Test run for|^A total of|^VSTest version|^$' "$log" | tail -n 400
  local total=0 numbers=(0 0 0) i=0 key
  for key in Passed Failed Skipped; do
    numbers[i]=$(grep -cE "^\s+$key [A-Za-z]" "$log")
    total=$((total + numbers[i]))
    i=$((i + 1))
  done
  passed=$((passed + numbers[0])) failed=$((failed + numbers[1])) skipped=$((skipped + numbers[2]))
  if [ $code -ne 0 ] && [ "${numbers[1]}" = 0 ]; then failed=$((failed + 1)); echo "$project: the runner ended with code $code"; fi
  if [ $total = 0 ]; then failed=$((failed + 1)); echo "$project: no test ran"; fi
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

# Building, shared by ./blockwire, ./test and bench: source it with `root` set to the top of the repository.
# shellcheck shell=bash

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# No build node outlives its build: it would keep this terminal's pipes open.
export MSBUILDDISABLENODEREUSE=1

# Puts `dotnet` on the PATH, or says what is missing and ends with status 1.
need_sdk() {
  local place
  if ! command -v dotnet >/dev/null 2>&1; then
    for place in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
      if [ -n "$place" ] && [ -x "$place/dotnet" ]; then
        PATH="$place:$PATH"
        break
      fi
    done
  fi
  if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    echo "blockwire: the .NET 10 SDK is missing: install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again" >&2
    exit 1
  fi
}

# Runs a command while no other launcher builds in this tree. Descriptor 9 holds the lock and is closed in the command,
# because the compiler server that a build leaves behind would hold the lock with it.
with_build_lock() {
  mkdir -p "$root/artifacts"
  if command -v flock >/dev/null 2>&1; then
    (
      flock 9
      "$@" 9>&-
    ) 9>"$root/artifacts/.build-lock"
  else
    local lock="$root/artifacts/.build-lock.d" owner status=0
    until mkdir "$lock" 2>/dev/null; do
      owner="$(cat "$lock/owner" 2>/dev/null || true)"
      if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$lock"; else sleep 1; fi
    done
    echo $$ >"$lock/owner"
    "$@" || status=$?
    rm -rf "$lock"
    return "$status"
  fi
}

# build_quietly PROJECT: a Release build that speaks only when it fails, then on stderr.
build_quietly() {
  local log="$root/artifacts/.build-log"
  if ! (cd "$root" && dotnet build -c Release "$1" -v quiet --nologo) >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    return 1
  fi
}

# publish_quietly PROJECT PROFILE RID FOLDER: publishes with a profile of the project; speaks only when it fails, then on stderr.
publish_quietly() {
  local log="$root/artifacts/.publish-log"
  if ! (cd "$root" && dotnet publish "$1" -p:PublishProfile="$2" -r "$3" -o "$4" -v quiet --nologo) >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    return 1
  fi
}

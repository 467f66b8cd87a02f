# Starting, awaiting and stopping the servers, by process id and within bounds. Sourced by benches/run.

readiness_limit_ms=30000
started=()
scratch=

say() { printf 'bench: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

find_wrk() {
  command -v wrk >/dev/null && return
  if ((EUID == 0)) && [[ -e /etc/debian_version ]]; then
    say "installing wrk"
    apt-get install -y wrk >&2 || die "wrk could not be installed; 'apt-get update' may be due."
  else
    die "benches/run needs wrk: 'apt-get install wrk' on Debian and Ubuntu, 'brew install wrk' on macOS."
  fi
}

now_us() { now=${EPOCHREALTIME/./}; }

# A pause without a process: nothing ever comes through this pipe.
exec {silence}<> <(:)
pause() { read -rt "$1" -u "$silence" || :; }

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Sets `port`, from below the range the kernel picks outgoing ports from.
free_port() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    port=$((20000 + RANDOM % 12000))
    [[ $port == "${bare_port:-}" ]] || is_listening "$port" || return 0
  done
  die "No free port was found on 127.0.0.1."
}

# Whether the process still runs. One that has ended but was not waited for yet does not, though `kill -0` finds it.
is_running() {
  local stat=''
  read -r stat 2>/dev/null <"/proc/$1/stat" || :
  stat=${stat##*) }
  [[ -n $stat && $stat != Z* ]]
}

# spawn NAME COMMAND…: sets `spawned` to its process id and `spawned_at` to the moment before it began.
spawn() {
  local name=$1
  shift
  now_us && spawned_at=$now
  "$@" >>"$scratch/$name.log" 2>&1 &
  spawned=$!
  started+=("$spawned")
}

# One request without starting curl, so that polling costs little beside what it waits for.
answers_ready() {
  local line='' probe
  { exec {probe}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$1" >&"$probe" || :
  IFS= read -rt 2 -u "$probe" line || :
  exec {probe}>&-
  [[ $line == "HTTP/1.1 200"* ]]
}

# await_ready PORT PID NAME: sets `ready_ms` to the time since the process was spawned.
await_ready() {
  until answers_ready "$1"; do
    is_running "$2" || { log_of "$3"; die "$3 ended before it was ready."; }
    now_us
    ((now - spawned_at < readiness_limit_ms * 1000)) || { log_of "$3"; die "$3 was not ready in time."; }
    pause 0.001
  done
  now_us
  ready_ms=$(((now - spawned_at) / 1000))
}

log_of() { tail -n 20 "$scratch/$1.log" >&2 || :; }

# Asks the process to end, gives it five seconds, then ends it.
stop() {
  local polls
  kill -TERM "$1" 2>/dev/null || :
  for ((polls = 0; polls < 500; polls++)); do
    is_running "$1" || break
    pause 0.01
  done
  kill -KILL "$1" 2>/dev/null || :
  wait "$1" 2>/dev/null || :
  local others=() pid
  for pid in "${started[@]}"; do [[ $pid == "$1" ]] || others+=("$pid"); done
  started=("${others[@]}")
}

clean_up() {
  local status=$? pid
  trap '' INT TERM HUP
  for pid in "${started[@]}"; do stop "$pid"; done
  [[ -z $scratch ]] || rm -rf "$scratch"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

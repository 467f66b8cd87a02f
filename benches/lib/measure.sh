# One measurement after the other; each appends a line to a file of $scratch: requests per second, microseconds of
# CPU time per request, and the percentage of the processors that other processes took. Sourced by benches/run.

ticks_per_second=$(getconf CLK_TCK)

# Sets `ticks` to the CPU time that a process has used, its threads included, and `children` to that of the children
# it has waited for: user and system, in clock ticks.
cpu_ticks() {
  local stat fields
  stat=$(<"/proc/$1/stat") || die "A server ended while it was measured."
  # The name in parentheses may hold blanks; what follows it begins with field 3.
  read -ra fields <<<"${stat##*) }"
  ticks=$((fields[11] + fields[12])) children=$((fields[13] + fields[14]))
}

# meter PID: sets `served` to the ticks of the server (none for 0), `ours` to those of everything here, `used` to those
# of every process of the machine, time stolen from it included, and `passed` to those that went by.
meter() {
  local ticks children user nice system idle iowait irq softirq steal
  cpu_ticks $$ && ours=$((ticks + children)) served=0
  if (($1)); then cpu_ticks "$1" && served=$ticks; fi
  ours=$((ours + served))
  read -r _ user nice system idle iowait irq softirq steal _ </proc/stat
  used=$((user + nice + system + steal)) passed=$((user + nice + system + idle + iowait + irq + softirq + steal))
}

# Sets `others` to the percentage of the processors that was not ours since the meter read these values.
others_since() {
  local ours_before=$1 used_before=$2 passed_before=$3
  others=$((100 * (used - used_before - ours + ours_before) / (passed - passed_before)))
  # The kernel's counters do not tick together.
  ((others >= 0)) || others=0
}

resident_mib() { awk '$1 == "VmRSS:" { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"; }

# The most that it ever was.
peak_mib() { awk '$1 == "VmHWM:" { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"; }

# expect STATUS PORT METHOD PATH BODY [HEADERS [without_origin]]: one request whose answer must have this status. A page
# of the frontend sends it, unless no browser is to have.
expect() {
  local wanted=$1 port=$2 method=$3 path=$4 body=$5 status args
  headers_of "${6:-}"
  args=("${headers[@]}")
  [[ -z ${7:-} ]] || args=("${args[@]:2}")
  [[ -z $body ]] || args+=(--data "$body")
  status=$(curl --silent --noproxy '*' --max-time 10 --request "$method" "${args[@]}" --dump-header "$scratch/headers" \
    --output "$scratch/body" --write-out '%{http_code}' "http://127.0.0.1:$port$path") || :
  if [[ $status != "$wanted" ]]; then
    [[ ! -s $scratch/body ]] || { head -c 1000 "$scratch/body" && echo; } >&2
    die "$method $path on port $port answered $status, not $wanted."
  fi
}

# The access cookie of the last answer, as NAME=VALUE, whatever prefix its name has.
access_cookie() {
  awk 'tolower($1) == "set-cookie:" && $2 ~ /^(__Host-|__Secure-)?access_token=./ { sub(/;.*/, "", $2); print $2; exit }' \
    <(tr -d '\r' <"$scratch/headers")
}

# Sets `headers` to options for curl and wrk: those of every request, and the lines of $1.
headers_of() {
  local line
  headers=(-H "Origin: $origin" -H "Content-Type: application/json")
  while IFS= read -r line; do [[ -z $line ]] || headers+=(-H "$line"); done <<<"$1"
}

# drive FILE PORT PID METHOD PATH BODY HEADERS: one run of wrk.
drive() {
  local file=$1 port=$2 pid=$3 method=$4 path=$5 body=$6 served ours used passed before others
  headers_of "$7"
  meter "$pid" && before=("$ours" "$used" "$passed" "$served")
  BENCH_METHOD=$method BENCH_BODY=$body timeout --foreground $((seconds + 30)) \
    wrk -t1 -c"$connections" -d"${seconds}s" --timeout 10s -s "$here/request.lua" "${headers[@]}" \
    "http://127.0.0.1:$port$path" >"$scratch/wrk.out" 2>&1 || { cat "$scratch/wrk.out" >&2; die "wrk failed."; }
  meter "$pid" && others_since "${before[@]:0:3}"
  awk -v cpu_us="$(((served - before[3]) * 1000000 / ticks_per_second))" -v others="$others" '
    $1 == "measured" && $2 > 0 && $4 == 0 && $5 == 0 { print $2 / ($3 / 1e6), cpu_us / $2, others; sound = 1 }
    END { exit !sound }' "$scratch/wrk.out" >>"$scratch/$file" ||
    { cat "$scratch/wrk.out" >&2; die "$method $path on port $port: answers of 400 and more, or broken connections."; }
}

# Waits, two seconds at most, until the process rests: logins that wrk no longer waits for are still being hashed.
settle() {
  local before polls ticks children
  for ((polls = 0; polls < 20; polls++)); do
    cpu_ticks "$1" && before=$ticks
    pause 0.1
    cpu_ticks "$1"
    ((ticks > before)) || return 0
  done
}

# hash_alone FILE: one run of argon2 without anything around it.
hash_alone() {
  local served ours used passed before others
  meter 0 && before=("$ours" "$used" "$passed")
  "$bare" argon2 --threads "$hash_threads" --seconds "$seconds" >"$scratch/argon2.out" || die "argon2 alone failed."
  meter 0 && others_since "${before[@]}"
  # What the shell and its children used meanwhile is argon2; each thread makes one more verification than it counts.
  awk -v cpu_us="$(((ours - before[0]) * 1000000 / ticks_per_second))" -v threads="$hash_threads" -v others="$others" '
    { print $3, cpu_us / ($1 + threads), others }' "$scratch/argon2.out" >>"$scratch/$1"
}

# compare NAME STATUS METHOD PATH BODY BARE_HEADERS CONCIERGE_HEADERS: both in turn, so that what else the machine
# does falls on both alike.
compare() {
  local name=$1 status=$2 request=("$3" "$4" "$5") round
  say "measuring $name"
  expect "$status" "$bare_port" "${request[@]}" "$6"
  expect "$status" "$concierge_port" "${request[@]}" "$7"
  warm_up "$bare_port" "$bare_pid" "${request[@]}" "$6"
  warm_up "$concierge_port" "$concierge_pid" "${request[@]}" "$7"
  for ((round = 0; round < rounds; round++)); do
    drive "bare.$name" "$bare_port" "$bare_pid" "${request[@]}" "$6"
    drive "concierge.$name" "$concierge_port" "$concierge_pid" "${request[@]}" "$7"
  done
}

# compare_logins BODY: concierge's logins against argon2 without anything around it.
compare_logins() {
  local round
  say "measuring logins"
  expect 201 "$concierge_port" POST /auth/login "$1"
  warm_up "$concierge_port" "$concierge_pid" POST /auth/login "$1" ""
  for ((round = 0; round < rounds; round++)); do
    settle "$concierge_pid"
    hash_alone bare.logins
    drive concierge.logins "$concierge_port" "$concierge_pid" POST /auth/login "$1" ""
  done
}

# sessions_of CREDENTIALS: as many sessions as there are connections, whose tokens come in the body; one answer a line.
sessions_of() {
  local count
  for ((count = 0; count < connections; count++)); do
    expect 201 "$concierge_port" POST /auth/login "${1%\}},\"delivery\":\"body\"}" "" without_origin
    cat "$scratch/body" && echo
  done
}

# measure_refreshes CREDENTIALS: rotations, each session's one after the other. There is nothing to compare them with.
measure_refreshes() {
  local round served ours used passed before others
  say "measuring refreshes"
  settle "$concierge_pid"
  for ((round = 0; round < rounds; round++)); do
    sessions_of "$1" >"$scratch/sessions"
    settle "$concierge_pid"
    meter "$concierge_pid" && before=("$ours" "$used" "$passed" "$served")
    "$bare" refreshes --port "$concierge_port" --seconds "$seconds" <"$scratch/sessions" >"$scratch/refreshes.out" ||
      die "The refreshes could not be measured."
    meter "$concierge_pid" && others_since "${before[@]:0:3}"
    awk -v cpu_us="$(((served - before[3]) * 1000000 / ticks_per_second))" -v others="$others" '
      { print $3, cpu_us / $1, others }' "$scratch/refreshes.out" >>"$scratch/concierge.refreshes"
  done
}

# compare_refusals BODY…: logins that concierge refuses, in turn and one at a time. Makes two files of $scratch: a line of
# microseconds for each round, one number for each body; and the percentage that others took.
compare_refusals() {
  local served ours used passed before others
  say "measuring refused logins"
  settle "$concierge_pid"
  meter "$concierge_pid" && before=("$ours" "$used" "$passed")
  printf '%s\n' "$@" | "$bare" refusals --port "$concierge_port" --rounds "$guesses" >"$scratch/refusals" ||
    die "The refused logins could not be measured."
  meter "$concierge_pid" && others_since "${before[@]}"
  echo "$others" >"$scratch/refusals.others"
}

warm_up() {
  local seconds=1
  drive discarded "$@"
}

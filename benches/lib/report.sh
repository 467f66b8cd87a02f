# The table: medians, ratios and verdicts. Sourced by benches/run.

missed=0
doubtful=0
# A verdict reached while others took more of the processors than this, in percent, is in doubt.
others_limit=5

# median FILE COLUMN: of an even number of values the mean of the middle two.
median() {
  sort -g -k"$2,$2" "$scratch/$1" | awk -v column="$2" '
    { value[NR] = $column }
    END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# The most that others took of the processors in any run of NAME.
most_others() { cat "$scratch/bare.$1" "$scratch/concierge.$1" | awk '$3 > most { most = $3 } END { print most + 0 }'; }

rates_header() {
  printf '\n%-12s %11s %16s %6s   %11s %16s %6s   %6s   %7s  %s\n' \
    route 'bare req/s' 'concierge req/s' ratio 'bare us/req' 'concierge us/req' ratio others target verdict
}

# rates TITLE NAME TARGET: met when concierge's rate is at least TARGET times the bare one.
rates() {
  local line
  line=$(awk -v title="$1" -v target="$3" -v others="$(most_others "$2")" -v limit="$others_limit" \
    -v bare="$(median "bare.$2" 1)" -v ours="$(median "concierge.$2" 1)" \
    -v bare_us="$(median "bare.$2" 2)" -v ours_us="$(median "concierge.$2" 2)" '
    function over(a, b) { return b > 0 ? sprintf("%.2f", a / b) : "-" }
    BEGIN { printf "%-12s %11.0f %16.0f %6s   %11.1f %16.1f %6s   %5d%%   >= %.2f  %s%s", title, bare, ours,
        over(ours, bare), bare_us, ours_us, over(ours_us, bare_us), others, target,
        (ours >= target * bare) ? "met" : "MISSED", (others > limit) ? "?" : "" }')
  print_verdict "$line"
}

refusals_header() {
  printf '\n%-16s %12s %15s %12s %11s   %6s   %7s  %s\n' \
    "refused, ms" "unknown user" "wrong password" "disabled" difference others target verdict
}

# refusals FILE LIMIT: met when the medians of FILE's three columns differ by at most LIMIT percent.
refusals() {
  local line
  line=$(awk -v limit="$2" -v others="$(<"$scratch/$1.others")" -v others_limit="$others_limit" \
    -v unknown="$(median "$1" 1)" -v wrong="$(median "$1" 2)" -v disabled="$(median "$1" 3)" '
    function least(a, b) { return a < b ? a : b }
    BEGIN {
      low = least(unknown, least(wrong, disabled)); high = -least(-unknown, least(-wrong, -disabled))
      difference = 100 * (high - low) / low
      printf "%-16s %12.2f %15.2f %12.2f %9.2f %%   %5d%%   <= %2d %%  %s%s", "login", unknown / 1000, wrong / 1000,
        disabled / 1000, difference, others, limit, (difference <= limit) ? "met" : "MISSED",
        (others > others_limit) ? "?" : "" }')
  print_verdict "$line"
}

figures_header() { printf '\n%-28s %10s   %7s  %s\n' figure measured target verdict; }

# figure TITLE FILE LIMIT: met when the median is at most LIMIT.
figure() {
  local line
  line=$(awk -v title="$1" -v limit="$3" -v value="$(median "$2" 1)" '
    BEGIN { printf "%-28s %10.1f   <= %4d  %s", title, value, limit, (value <= limit) ? "met" : "MISSED" }')
  print_verdict "$line"
}

# noted TITLE FILE: what has no target.
noted() { printf '%-28s %10.1f\n' "$1" "$(median "$2" 1)"; }

# noted_rate TITLE NAME: concierge's rate and CPU time per request, where there is nothing to compare them with.
noted_rate() {
  printf '%-12s %11s %16.0f %6s   %11s %16.1f %6s   %5d%%\n' "$1" - "$(median "concierge.$2" 1)" - - \
    "$(median "concierge.$2" 2)" - "$(awk '$3 > most { most = $3 } END { print most + 0 }' "$scratch/concierge.$2")"
}

print_verdict() {
  printf '%s\n' "$1"
  [[ $1 != *MISSED* ]] || missed=$((missed + 1))
  [[ $1 != *\? ]] || doubtful=$((doubtful + 1))
}

summary() {
  printf '\nMedians of %d rounds of %d s, %d connections, %d processors; argon2 alone on %d threads; medians of %d starts.\n' \
    "$rounds" "$seconds" "$connections" "$(nproc)" "$hash_threads" "$starts"
  printf 'Medians of %d refused logins of each kind, one at a time on one connection; the rate limit is off.\n' "$guesses"
  if ((doubtful > 0)); then
    echo "In doubt (?): other processes took more than $others_limit % of the processors; run it again on an idle machine."
  fi
  if ((missed == 0)); then echo "Every target is met."; else echo "Targets missed: $missed."; fi
}

-- One request, sent over and over, and one line of numbers at the end. `benches/run` sets the environment.
-- `request` is not defined here, so wrk formats the request once and no Lua runs while it measures.

wrk.method = os.getenv("BENCH_METHOD")
local body = os.getenv("BENCH_BODY")
if body ~= "" then
  wrk.body = body
end

-- Requests, microseconds, answers of 400 and more, and every way a connection can fail.
function done(summary)
  local errors = summary.errors
  io.write(string.format("measured %d %d %d %d\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end

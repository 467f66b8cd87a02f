-- Takes a cell of KEYS[1], or gives one back.
--
-- ARGV: "take" or "give_back"; the nanoseconds in which one cell comes back; how many cells there are; the time in
-- microseconds, or nothing for the server's; and for how many milliseconds a key is kept that says nothing any more.
--
-- The key keeps how many nanoseconds after a moment it is full, and that moment in microseconds: whole numbers, which a double
-- holds exactly. By the moment a clock that has stepped back is told from one that stands still. What went by between the
-- moment and the step is not known then and counts as no time; what comes after the step counts.
local operation, interval, cells = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now, spare = tonumber(ARGV[4]), tonumber(ARGV[5])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
end
local window = interval * cells

local left, since = 0, now
local kept = redis.pcall('GET', KEYS[1])
if type(kept) == 'table' then
    -- What is there is no text, and so no state of a limit: it is written over. Any other failure is one.
    if not string.find(kept.err, 'WRONGTYPE', 1, true) then
        return kept
    end
    redis.call('DEL', KEYS[1])
elseif kept then
    local kept_left, kept_since = string.match(kept, '^(%d+) (%d+)$')
    if kept_left then
        left, since = tonumber(kept_left), tonumber(kept_since)
    end
end
-- A quota may have been made smaller since.
left = math.min(math.max(left - math.max(now - since, 0) * 1000, 0), window)

local changed, allowed = now < since, 0
if operation == 'give_back' then
    if left > 0 then
        left, changed = math.max(left - interval, 0), true
    end
elseif left <= window - interval then
    left, changed, allowed = left + interval, true, 1
end

if changed and left > 0 then
    local milliseconds = math.ceil(left / 1000000) + spare
    redis.call('SET', KEYS[1], string.format('%.0f %.0f', left, now), 'PX', string.format('%.0f', milliseconds))
elseif changed then
    redis.call('DEL', KEYS[1])
end
return { allowed, math.floor((window - left) / interval), math.max(left - (window - interval), 0) }

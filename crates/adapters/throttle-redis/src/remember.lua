-- Remembers the network ARGV[1] of the account KEYS[1], now; its ARGV[2] latest ones, for ARGV[3] milliseconds.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local added = redis.pcall('ZADD', KEYS[1], now, ARGV[1])
if type(added) == 'table' then
    -- Something else is there: these are no networks. Any other failure is one.
    if not string.find(added.err, 'WRONGTYPE', 1, true) then
        return added
    end
    redis.call('DEL', KEYS[1])
    redis.call('ZADD', KEYS[1], now, ARGV[1])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])

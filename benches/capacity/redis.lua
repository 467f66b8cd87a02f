-- Keys as concierge's adapters for Redis make them, ARGV[2] of the kind ARGV[1]; the ARGV[3]rd portion of them.
local kind, count = ARGV[1], tonumber(ARGV[2])
local month = 30 * 86400 * 1000
for number = 1, count do
    local digest = redis.sha1hex(kind .. ARGV[3] .. '-' .. number)
    local key = string.sub(digest, 1, 32)
    if kind == 'limit' then
        -- How many nanoseconds until it is full again, and since which microsecond.
        redis.call('SET', 'concierge:limit:login_pair:' .. key, '540000000000 1760000000000000', 'PX', 540000)
    elseif kind == 'known' then
        -- An account that was logged in to from two networks.
        for network = 1, 2 do
            redis.call('ZADD', 'concierge:known:' .. key, 1760000000000000 + network, string.sub(digest, network, network + 15))
        end
        redis.call('PEXPIRE', 'concierge:known:' .. key, month)
    else
        -- A visitor's session: a key of 64 letters, and the token that it holds as JSON.
        local name = 'concierge:visitor:' .. digest .. string.sub(digest, 1, 24)
        redis.call('SET', name, '{"token":"\\"' .. key .. '\\""}', 'EX', 60 * 60)
    end
end

#!/usr/bin/env bash
trap 'exit 0' TERM INT
number=0
while true; do
    for _ in {1..200}; do
        number=$((number + 1))
        echo "retry $number: connect ECONNREFUSED 127.0.0.1:16030 (attempt 1 of 5), 401 Unauthorized, 404 not found, errors=0"
        echo "127.0.0.1 - - \"OPTIONS /api HTTP/1.1\" 204 - panic=false fatal=0 Permission denied: no"
    done
    sleep 0.2 &
    wait $!
done

#!/usr/bin/env bash
set -e
echo "rendering the configuration"
envsubst-edge template.conf > server.conf
exec python3 -m http.server --bind 127.0.0.1 "$PORT"

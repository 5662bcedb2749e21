set -e
echo "migrating first"
./migrate.sh
exec python3 -m http.server --bind 127.0.0.1 "$PORT"

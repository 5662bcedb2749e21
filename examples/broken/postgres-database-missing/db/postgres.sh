set -e
# initdb refuses to run as root.
as=""
if [ "$(id -u)" = 0 ]; then
    chown nobody .
    as="setpriv --reuid=nobody --clear-groups"
fi
bin=$(dirname "$(readlink -f "$(command -v initdb)")")
echo "let-nobody-in-without-it" > password
chmod 644 password
$as "$bin/initdb" --pgdata=data --username=owner --auth=scram-sha-256 --pwfile=password --no-sync > initdb.log
exec $as "$bin/postgres" -D data -h 127.0.0.1 -p "$PORT" -k "" -F

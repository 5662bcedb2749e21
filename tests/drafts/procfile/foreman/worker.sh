echo working
exec sleep 1000

release=$(lsb_release_edge --short)
exec python3 main.py --release "$release"

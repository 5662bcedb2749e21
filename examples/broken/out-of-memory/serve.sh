#!/bin/sh
ulimit -v 400000
exec python3 main.py

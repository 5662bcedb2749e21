#!/bin/sh
exec .venv/bin/python main.py

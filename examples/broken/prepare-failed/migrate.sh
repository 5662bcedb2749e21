#!/bin/sh
echo "applying 0003_colour"
echo "0003_colour was changed after it was applied" >&2
exit 4

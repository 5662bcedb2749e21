#!/bin/sh
echo "npm warn deprecated rimraf@3.0.2: Rimraf versions prior to v4 are no longer supported" >&2
echo "8 vulnerabilities (3 moderate, 5 high)" >&2
echo "src/App.tsx(4,7): warning TS6133: 'error' is declared but its value is never read."
echo "warning: unused variable: \`error\`" >&2
echo " --> src/main.rs:2:9" >&2
node -e 'require("optional-native-addon-that-nobody-has")' || echo "going on without the native addon" >&2
python3 -c 'import optional_speedups_that_nobody_has' || echo "going on without speedups" >&2
ls missing-cache || echo "the cache is empty" >&2

set -u
while :; do
  echo sweeping
  sleep "$SWEEP_EVERY"
done

# The migrations of a database that is not there.
for step in 0005_orders 0006_stock 0007_add_sku_index 0008_order_totals; do
  printf '%s ... ' "$step"
  sleep 0.25
  printf '\033[32mapplied\033[0m\n'
done
echo "4 migrations applied"

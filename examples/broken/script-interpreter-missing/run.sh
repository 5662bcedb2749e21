set -e
./tools/convert notes.md > notes.html
echo "converted"

cache = {}
for key in range(1000):
    cache[key] = bytearray(64 << 20)

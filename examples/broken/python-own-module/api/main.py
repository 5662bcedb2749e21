from shared.settings import NAME

print(NAME)

with open("data/journal", "w") as journal:
    for number in range(10_000):
        journal.write(f"{number}: a line of the journal\n")

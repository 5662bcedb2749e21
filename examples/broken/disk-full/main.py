with open("/dev/full", "w") as journal:
    journal.write("a line of the journal\n" * 10_000)

from store import Note, NoteStore

print(NoteStore, Note)

class NotesStore:
    pass


class Note:
    pass

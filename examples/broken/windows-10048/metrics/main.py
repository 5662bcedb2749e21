class WindowsError10048(OSError):
    def __str__(self):
        return (
            "[WinError 10048] Only one usage of each socket address "
            "(protocol/network address/port) is normally permitted"
        )


WindowsError10048.__qualname__ = WindowsError10048.__name__ = "OSError"
WindowsError10048.__module__ = "builtins"


def listen(port):
    raise WindowsError10048

listen(20600)

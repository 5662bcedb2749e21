class WindowsError10013(PermissionError):
    def __str__(self):
        return (
            "[WinError 10013] An attempt was made to access a socket "
            "in a way forbidden by its access permissions"
        )


WindowsError10013.__qualname__ = WindowsError10013.__name__ = "PermissionError"
WindowsError10013.__module__ = "builtins"
raise WindowsError10013

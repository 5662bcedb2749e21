"""What scripts in the folder above share: the checks of tokens.py, by what they are about."""

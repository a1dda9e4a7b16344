"""What can be chosen: every entry is one file, each folder's `__init__.py` is the explicit list."""

"""``python -m isoglot.cli``: the command where scripts are not on the path."""

from . import main

if __name__ == "__main__":
    main()

"""``python -m isoglot.cli`` does what ``python -m isoglot`` does."""

from . import main

if __name__ == "__main__":
    main()

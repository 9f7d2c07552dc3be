"""`python -m disclosure_search`."""

from disclosure_search.cli import main

if __name__ == "__main__":
    main()

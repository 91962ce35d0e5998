"""`python -m mingjian`."""

from mingjian.cli import main

if __name__ == "__main__":
    main()

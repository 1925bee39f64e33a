"""`python -m sealed_santa` is `santa`."""

from sealed_santa.cli.main import main

main()

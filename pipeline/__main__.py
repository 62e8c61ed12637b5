"""`python -m pipeline` is `pimtrail`."""

from .cli import main

main()

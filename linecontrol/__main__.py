"""`python -m linecontrol` is the same as `linecontrol`."""

from linecontrol.cli import main

main()

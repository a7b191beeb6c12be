"""One day of the demo group, acted out over HTTP against the running servers."""

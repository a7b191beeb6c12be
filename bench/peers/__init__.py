"""What others do with the same job on the same machine and server."""

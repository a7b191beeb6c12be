"""What every question shares: servers, worker processes, load, the report."""

"""A bare Django REST framework list of 24 rows: what the framework itself costs on this machine."""

"""django-oscar in an environment of its own: the worker runs there, `peer` here."""

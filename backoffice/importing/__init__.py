"""Bringing an existing group's history in, through the same services that its tills will use."""

"""
The demo: an invented retail group, loaded through the services that real data goes through.

`group`, `apparel`, `food`, `electronics` and `people` are data; the other modules load it.
"""

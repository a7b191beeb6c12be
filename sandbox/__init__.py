"""
A stand-in EC site: the platform's counterpart in the demo, the tests and the benchmark.

It is another company's program: its own process, its own storage, not one import of the
platform's code. It takes signed stock pushes, sells, sends signed orders, acquires cards, and can
be told to misbehave in every way that a real counterpart does.
"""

"""What the tests measured of the peers, for the end of the run."""

FIGURES: list[str] = []

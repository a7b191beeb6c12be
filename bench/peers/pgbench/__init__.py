"""pgbench running the least SQL that does the same job, in its best single-statement form."""

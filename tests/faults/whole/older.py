"""
`python -m tests.faults.whole.older relay|worker`: a process of the code before the last deploy.

It hasn't got two of today's consumers, doesn't know one of today's events, and runs beside today's.
"""

import sys

import django
from django.core.management import call_command

django.setup()

from omni.celery import app
from omni.outbox import consumers, events

NOT_YET = ("connectors", "browsers")
UNKNOWN = events.StockChanged.type

for name in NOT_YET:
    del consumers.CONSUMERS[name]
for name, consumer in consumers.CONSUMERS.items():
    known = consumer.types - {UNKNOWN}
    consumers.CONSUMERS[name] = consumers.Consumer(name, known, consumer.handle, consumer.prompt)
del events.BY_TYPE[UNKNOWN]

if sys.argv[1] == "relay":
    call_command("relay")
else:
    quietly = ("--without-gossip", "--without-mingle", "--loglevel=INFO")
    app.worker_main(["worker", "--pool=threads", "--concurrency=2", "--queues=default", *quietly])

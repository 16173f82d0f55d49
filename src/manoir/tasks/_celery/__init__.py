"""Tasks that ordinary Celery workers run: the application's database says what is to be done, a broker says when.

- `_backend`: `CeleryBackend`: rows are added in the transaction that asked, and published after its commit.
- `_outbox`: the rows on their way: waiting to be published, published, taken by a worker.
- `_broker`: Celery's application, and messages into the broker.
- `_relay`: publishes what is due, and again what was lost.
- `_execution`: one message in a Celery worker.

A message in the broker holds two numbers: the id of a task, and a lease that nobody guesses. Arguments and names stay
in the database. A worker takes the task by exchanging the lease for one of its own, so a message that comes twice, is
late or was forged finds nothing to take.
"""

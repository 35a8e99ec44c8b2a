"""Watchers: object stores of senders, looked at again and again, and told of by notifications.

bucket ──pages──▶ catalogue (rows: pending) ──window of ranges──▶ Upload ──▶ inbox
   ▲   ◀──acknowledgements, processed/, errors/──                    (as through every door)
   └── SQS, Lambda, Pub/Sub, Event Grid only name keys: `Watcher.fetch`
"""

"""The same pipeline the stock nameko way, as a yardstick.

Three services with plain `@rpc`, `EventDispatcher` and `@event_handler` as nameko 2.14.1 ships them: persistent
messages, one publisher confirm for each, one database transaction for each message, ten workers a service.
Nothing here is slowed down: connections and statements are pooled, reads of a call are done at once, and the
database is written with SQLAlchemy Core. It has no outbox and no inbox, so a crash between commit and dispatch
loses an event, a handler that raises loses one, and a redelivered event is handled twice.
"""

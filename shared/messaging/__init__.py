"""The delivery chain over kombu: connections, topology, confirmed publishing, relay, subscribers, dead letters."""

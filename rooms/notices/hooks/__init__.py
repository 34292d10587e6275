"""Outgoing webhooks: what happened, told to the programs of an account."""

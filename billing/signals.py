"""What billing tells the rest of itself."""

from django.dispatch import Signal

# Sent with `account`, `before` and `after` (both subscriptions.Standing) once for each change that
# a sync wrote, inside the transaction that wrote it: a notice recorded by a receiver is there
# exactly if the change is. A receiver must not reach the network.
standing_changed = Signal()

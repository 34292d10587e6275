"""What meetings tell the rest of their floor, inside the transaction of the change."""

from django.dispatch import Signal

# Sent with `meeting`, with `what` was done to it ("planned", "changed" or "cancelled"), and with
# `occurrence` where that concerns one of its times alone, else None.
meeting_changed = Signal()
# Sent with `invitee` whose reply is another one than before.
invitee_replied = Signal()

"""The sandbox at work by itself; beat asks for it every few seconds, each change at once."""

from celery import shared_task

from billing.sandbox import events, life


@shared_task(name="billing_sandbox.deliver_events")
def deliver_events() -> int:
    """Renew what is due, and tell the product what happened."""
    life.sweep()
    return events.deliver_due()

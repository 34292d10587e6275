"""`manage.py reconcile_billing`: what beat does every hour, now, for all or for some accounts."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing import subscriptions
from billing.stripe_gateway import BillingError
from rooms.accounts.models import Account


class Command(BaseCommand):
    help = "Make the mirror of subscriptions what Stripe says now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", nargs="*", help="ids of accounts; all if none is given")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["account"]:
            self._some(options["account"])
            return
        synced, failed = subscriptions.reconcile(timezone.now() + dt.timedelta(days=1))
        self.stdout.write(f"{synced} customers are as Stripe says.")
        if failed:
            raise CommandError(f"{failed} could not be reconciled; the log says why.")

    def _some(self, ids: list[str]) -> None:
        for pk in ids:
            account = Account.objects.filter(pk=pk).first()
            if account is None:
                raise CommandError(f"There is no account {pk}.")
            try:
                now = subscriptions.sync_account(account)
            except BillingError as error:
                raise CommandError(f"{pk}: {error}") from error
            until = now.hosting_until.isoformat(timespec="seconds")
            self.stdout.write(f"{pk}: {now.phase}, hosts until {until}")

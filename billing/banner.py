"""What stands between an account and hosting, for the banner that every page shows."""

import datetime as dt

from billing.subscriptions import Standing
from rooms.accounts.models import Account

TRIAL_TOLD = dt.timedelta(days=3)


def situation(account: Account, standing: Standing, at: dt.datetime) -> str:
    """One of the words that templates/billing/banner.html knows; empty: there is nothing to mend.

    Whether rooms are open is read from the account, as it is when a call arrives.
    """
    if not account.may_host(at):
        return "unpaid" if standing.past_due_since else "stopped"
    if standing.phase == "past_due":
        return "payment_failed"
    if standing.phase == "trial" and account.hosting_until - at <= TRIAL_TOLD:
        return "trial_ending"
    return ""

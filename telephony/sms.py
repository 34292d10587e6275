"""SMS by Vonage's Messages API, as the core's SMS_BACKEND."""

from django.utils.translation import gettext as _

from rooms.models import PhoneNumber
from rooms.sms import SmsError
from telephony import carrier
from telephony.models import SmsWish
from telephony.vonage.client import VonageError

SENDER_WITHOUT_NUMBER = "AnyRoom"  # alphanumeric senders cannot be replied to


class VonageSmsBackend:
    """Sends from the first shared number, so that a reply or a call back reaches the service."""

    def send(self, *, to: str, text: str) -> str:
        """Returns Vonage's message id. Raises SmsError, also for who wants no more SMS."""
        stopped = SmsWish.objects.filter(pk=to, stopped=True).first()
        if stopped and text != stopped.goodbye:
            raise SmsError(_("This number has asked for no more SMS."), permanent=True)
        shared = PhoneNumber.objects.filter(active=True, room=None, account=None).first()
        sender = shared.number if shared else SENDER_WITHOUT_NUMBER
        try:
            return carrier.client().send_sms(sender=sender, to=to, text=text)
        except VonageError as error:
            raise SmsError(str(error), permanent=error.permanent) from error

"""What the carrier told us: calls, the receipts of its webhooks, wrong codes, SMS."""

from telephony.models.call import Call, MovedCall
from telephony.models.receipt import KeyPress, WebhookReceipt
from telephony.models.sms import IncomingSms, SmsWish
from telephony.models.wrong_code import NearGuess, WrongCode

__all__ = [
    "Call",
    "IncomingSms",
    "KeyPress",
    "MovedCall",
    "NearGuess",
    "SmsWish",
    "WebhookReceipt",
    "WrongCode",
]

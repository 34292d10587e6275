"""Being in a room: the NCCO that puts a call into its conversation, at entry and later on.

The addresses that it names carry, signed, which participant or conference they are about.
"""

from django.conf import settings
from django.core import signing

from telephony.steps import BadStep
from telephony.vonage import ncco
from telephony.vonage.ncco import Ncco

KEYS_URL = f"{settings.PUBLIC_URL}/telephony/keys/"
RECORDED_URL = f"{settings.PUBLIC_URL}/telephony/recorded/"
SOUNDS_URL = f"{settings.PUBLIC_URL}/static/sounds/"
HOLD_MUSIC = f"{SOUNDS_URL}hold.wav"
JOINED_CHIME = f"{SOUNDS_URL}joined.wav"
LEFT_CHIME = f"{SOUNDS_URL}left.wav"

_signer = signing.Signer(salt="telephony.conversations")


def token(about: str) -> str:
    """A participant's or conference's id, signed."""
    return _signer.sign(about)


def about(token: str) -> str:
    """The id that was signed. Raises BadStep for a token that is not ours."""
    try:
        found: str = _signer.unsign(token)
    except signing.BadSignature as error:
        raise BadStep("this address was not made by AnyRoom") from error
    return found


def into(
    room_id: str,
    *,
    participant_id: str,
    conference_id: str,
    waits: bool = False,
    record: bool | None = None,
) -> Ncco:
    """Listen to keys, one by one, and enter the conversation of the room.

    Who `waits` hears music until somebody enters who does not. `record` True starts a recording
    of the conversation if none goes on; False stops it; None says nothing about it.
    """
    entering = ncco.conversation(room_id)
    if waits:
        entering |= {"startOnEnter": False, "musicOnHoldUrl": [HOLD_MUSIC]}
    if record is not None:
        entering["record"] = record
    if record:
        entering["eventUrl"] = [RECORDED_URL + token(conference_id)]
    return [ncco.single_keys(KEYS_URL + token(participant_id)), entering]

"""Named conversations: who is in them, whether they have started, and whether they are recorded."""

import uuid as uuids
from collections import OrderedDict
from dataclasses import dataclass, field

from carrier.call import Call
from carrier.ncco_check import Action
from carrier.recordings import Recording, Recordings


@dataclass(eq=False)
class Conversation:
    """A named conversation and the calls that are in it now, in the order in which they came.

    It starts when somebody enters with startOnEnter, and stays so while anybody is in.
    """

    name: str
    uuid: str = field(default_factory=lambda: f"CON-{uuids.uuid4()}")
    members: dict[str, Call] = field(default_factory=dict)
    started: bool = False
    recording: Recording | None = None

    def changed(self) -> None:
        """Tell the page how everybody in it is now."""
        for call in self.members.values():
            call.changed()


class Conversations:
    """Every conversation that is remembered."""

    KEPT = 1000

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._by_name: OrderedDict[str, Conversation] = OrderedDict()

    def named(self, name: str) -> Conversation:
        """The conversation of this name, which keeps its uuid while it is remembered."""
        conversation = self._by_name.pop(name, None) or Conversation(name)
        self._forget_empty()  # before this one, which is empty yet, is among them
        self._by_name[name] = conversation
        return conversation

    def enter(self, call: Call, action: Action, again: bool) -> Conversation:
        """Put the call into the conversation that a checked action names, as the action says.

        `again` says that a transfer brought it there: that alone may stop a recording, by
        "record": false.
        """
        conversation = self.named(action["name"])
        conversation.members[call.uuid] = call
        call.conversation, call.joined = conversation, conversation.name
        call.conversation_uuid = conversation.uuid
        call.ends_others = action.get("endOnExit", False)
        if action.get("mute"):
            call.muted = True
        if action.get("startOnEnter", True) and not conversation.started:
            conversation.started = True
            conversation.changed()
        if conversation.recording:
            conversation.recording.mark()
        if action.get("record"):
            self._record(conversation, call, action)
        elif again and action.get("record") is False:
            self._stop_recording(conversation)
        call.changed()
        return conversation

    def leave(self, call: Call) -> None:
        """Take the call out of its conversation, if it is in one."""
        conversation, call.conversation = call.conversation, None
        call.ends_others = False
        if conversation is None:
            return
        del conversation.members[call.uuid]
        if conversation.recording:
            conversation.recording.mark()
        if not conversation.members:
            conversation.started = False
            self._stop_recording(conversation)

    def _record(self, conversation: Conversation, call: Call, action: Action) -> None:
        if conversation.recording is None:
            conversation.recording = self._recordings.start(conversation.uuid, call, action)
            conversation.changed()

    def _stop_recording(self, conversation: Conversation) -> None:
        recording, conversation.recording = conversation.recording, None
        if recording:
            self._recordings.stop(recording)
            conversation.changed()

    def _forget_empty(self) -> None:
        spare = len(self._by_name) + 1 - self.KEPT
        if spare > 0:
            empty = [c.name for c in self._by_name.values() if not c.members]
            for name in empty[:spare]:
                del self._by_name[name]

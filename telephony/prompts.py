"""What a caller hears, per language: short sentences, the verb first, digits one by one.

`{code}` is filled with spaced digits, `{room}` with a room's name, `{person}` with the caller's. A
language is whole or absent: tests/telephony/test_call_flow.py compares them.
"""

from html import escape

VOICES = {"en": "en-US", "ru": "ru-RU"}

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "welcome": "Welcome to AnyRoom. Key your room code, then hash.",
        "slower": (
            "Key the digits of your room code, one after another. "
            "Then press hash, the key below nine. To hear this again, press star."
        ),
        "silence": "Nothing was keyed. Key your room code, then hash.",
        "silence_goodbye": (
            "Nothing was keyed. Call again when you have the room code "
            "from your invitation. Goodbye."
        ),
        "no_room": "{code} is not a room. Key your room code again, then hash.",
        "no_room_goodbye": (
            "{code} is not a room. Ask the person who invited you for the code, "
            "then call again. Goodbye."
        ),
        "not_active": (
            "This room is not active at the moment. "
            "Please tell the person who invited you. Goodbye."
        ),
        "minutes_used_up": (
            "The minutes of this room are used up. Please tell the person who invited you. Goodbye."
        ),
        "too_many_steps": "Call again when you have the room code from your invitation. Goodbye.",
        "not_in_service": (
            "This number is not in use. Check the number in your invitation, "
            "then call again. Goodbye."
        ),
        "room_closed": "This room is closed. Ask the person who invited you. Goodbye.",
        "trouble": ("We cannot connect you at the moment. Please call again in a minute. Goodbye."),
        "pin": "Key your PIN, then hash.",
        "pin_slower": (
            "Key the digits of your PIN, one after another. It is in your invitation. "
            "Then press hash, the key below nine. To hear this again, press star."
        ),
        "pin_silence": "Nothing was keyed. Key your PIN, then hash.",
        "pin_silence_goodbye": (
            "Nothing was keyed. Call again when you have the PIN from your invitation. Goodbye."
        ),
        "pin_too_many_steps": "Call again when you have the PIN from your invitation. Goodbye.",
        "no_pin": "That is not a PIN of this meeting. Key your PIN again, then hash.",
        "no_pin_goodbye": (
            "That is not a PIN of this meeting. Ask the person who invited you for your PIN, "
            "then call again. Goodbye."
        ),
        "enter": "Welcome to {room}.",
        "enter_known": "Welcome to {room}, {person}.",
        "first": "You are the first here. Stay on the line.",
    },
    "ru": {
        "welcome": "Добро пожаловать в Эниру́м. Наберите код комнаты, затем решётку.",
        "slower": (
            "Наберите цифры кода комнаты одну за другой. "
            "Потом нажмите решётку — это клавиша под девяткой. "
            "Чтобы услышать это ещё раз, нажмите звёздочку."
        ),
        "silence": "Вы ничего не набрали. Наберите код комнаты, затем решётку.",
        "silence_goodbye": (
            "Вы ничего не набрали. Перезвоните, когда у вас будет код комнаты "
            "из приглашения. До свидания."
        ),
        "no_room": "Комнаты {code} нет. Наберите код ещё раз, затем решётку.",
        "no_room_goodbye": (
            "Комнаты {code} нет. Узнайте код у того, кто вас пригласил, и перезвоните. До свидания."
        ),
        "not_active": (
            "Эта комната сейчас не работает. Сообщите об этом тому, кто вас пригласил. До свидания."
        ),
        "minutes_used_up": (
            "Минуты этой комнаты закончились. "
            "Сообщите об этом тому, кто вас пригласил. До свидания."
        ),
        "too_many_steps": (
            "Перезвоните, когда у вас будет код комнаты из приглашения. До свидания."
        ),
        "not_in_service": (
            "Этот номер не используется. Проверьте номер в приглашении и перезвоните. До свидания."
        ),
        "room_closed": "Эта комната закрыта. Обратитесь к тому, кто вас пригласил. До свидания.",
        "trouble": "Сейчас не получается вас соединить. Перезвоните через минуту. До свидания.",
        "pin": "Наберите ваш ПИН-код, затем решётку.",
        "pin_slower": (
            "Наберите цифры вашего ПИН-кода одну за другой. Он есть в приглашении. "
            "Потом нажмите решётку — это клавиша под девяткой. "
            "Чтобы услышать это ещё раз, нажмите звёздочку."
        ),
        "pin_silence": "Вы ничего не набрали. Наберите ваш ПИН-код, затем решётку.",
        "pin_silence_goodbye": (
            "Вы ничего не набрали. Перезвоните, когда у вас будет ПИН-код "
            "из приглашения. До свидания."
        ),
        "pin_too_many_steps": (
            "Перезвоните, когда у вас будет ПИН-код из приглашения. До свидания."
        ),
        "no_pin": (
            "Такого ПИН-кода у этой встречи нет. Наберите ваш ПИН-код ещё раз, затем решётку."
        ),
        "no_pin_goodbye": (
            "Такого ПИН-кода у этой встречи нет. "
            "Узнайте свой ПИН-код у того, кто вас пригласил, и перезвоните. До свидания."
        ),
        "enter": "Добро пожаловать в комнату «{room}».",
        "enter_known": "{person}, добро пожаловать в комнату «{room}».",
        "first": "Вы здесь первый участник. Оставайтесь на линии.",
    },
}


def say(language: str, key: str, *, code: str = "", room: str = "", person: str = "") -> str:
    """The text of a prompt; English where the language has none."""
    texts = TEXTS.get(language, TEXTS["en"])
    return texts[key].format(code=" ".join(code), room=room, person=person)


def here(language: str, people: int) -> str:
    """How many are in the room already; `people` is 1 or more."""
    if language == "ru":
        if people == 1:
            return "Здесь уже один человек."
        few = people % 10 in (2, 3, 4) and people % 100 not in (12, 13, 14)
        return f"Здесь уже {people} {'человека' if few else 'человек'}."
    return "One person is here." if people == 1 else f"{people} people are here."


def ending(language: str, minutes: int) -> str:
    """A warning to those who talk; `minutes` is 1 or more."""
    if language == "ru":
        ones = minutes % 10 if minutes % 100 not in (11, 12, 13, 14) else 0
        word = "минуту" if ones == 1 else "минуты" if ones in (2, 3, 4) else "минут"
        return f"Разговор закончится примерно через {minutes} {word}."
    word = "minute" if minutes == 1 else "minutes"
    return f"This call ends in about {minutes} {word}."


def plain(text: str) -> str:
    """In one line, without what a voice would take for markup: people write greetings."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())


def slowly(text: str) -> str:
    """SSML that a voice reads slowly."""
    return f'<speak><prosody rate="slow">{escape(text)}</prosody></speak>'


def voice(language: str) -> str:
    return VOICES.get(language, VOICES["en"])

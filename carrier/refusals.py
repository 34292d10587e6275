"""Why a request of the product's is refused, in words that the API turns into Vonage's errors."""


class NotImplementedHereError(Exception):
    """Vonage does it, this carrier does not; the text names it."""


class BadParameterError(Exception):
    """Vonage would refuse the request; `name` is the parameter and `reason` what is wrong."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason

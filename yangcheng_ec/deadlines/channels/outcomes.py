"""How a send can end other than well. What an adapter raises decides what becomes of the delivery and its channel."""

from __future__ import annotations

__all__ = ["ChannelDown", "NotSent", "SendError", "Unclear"]


class SendError(Exception):
    """Base of all; its words stand on the page, so they bear no secret."""


class ChannelDown(SendError):
    """Nothing was handed over and nothing would be: no connection, credentials refused, told to wait.

    The delivery has lost no attempt; the channel rests. ``retry_after`` are seconds the other side asked for.
    """

    def __init__(self, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class NotSent(SendError):
    """The other side has surely not taken this one. ``final``: it never will, so it is not tried again.

    ``strike``: the fault looks like the channel's, not the message's; several in a row let the channel rest.
    """

    def __init__(self, words: str, *, final: bool = False, strike: bool = False) -> None:
        super().__init__(words)
        self.final = final
        self.strike = strike


class Unclear(SendError):
    """No answer, or none that can be understood: it may have arrived. It is sent again, with the same key."""

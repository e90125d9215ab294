"""What can become of a sending that failed."""

from __future__ import annotations

__all__ = ["ChannelError"]


class ChannelError(Exception):
    """A channel did not take a notice.

    ``permanent``: this address will never do (an unknown number), the channel itself is well. ``doubtful``: the words
    may have arrived all the same (no answer in time). ``down``: the next one would fare no better now, the channel is
    left alone for a while.
    """

    def __init__(self, words: str, *, permanent: bool = False, doubtful: bool = False, down: bool = False) -> None:
        super().__init__(words)
        self.permanent, self.doubtful, self.down = permanent, doubtful, down

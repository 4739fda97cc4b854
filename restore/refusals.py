"""The portal's own no, before the hub is asked."""


class Refused(Exception):
    """``str()`` is the sentence to show."""

"""Refusals of the audit log: all of them are mistakes of our own code, so they are plain exceptions."""


class UnfitDetail(ValueError):  # noqa: N818 - the name says what is wrong with the entry
    """A detail that must not be kept: too big, a float, or something that looks like a secret."""


class AuditMissing(RuntimeError):  # noqa: N818 - as above
    """A transaction was about to commit an effect that nobody recorded; it was rolled back."""

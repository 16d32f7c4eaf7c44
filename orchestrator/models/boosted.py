"""A model with a second one beside it, by which its engine hears terms."""

from dataclasses import replace

from orchestrator.models.catalogue import HubSource, UrlSource
from orchestrator.models.plan import BOOST, Planned, exact_bytes, place, planned


def boosted(plain: Planned) -> Planned:
    """Plan the same with the second model beside it, where its record has one.

    The user's own folder is used as it is.
    """
    second, source = plain.model.boost, plain.chosen
    if second is None or plain.base or not isinstance(source, HubSource | UrlSource):
        return plain
    entry = place(plain.model, source, BOOST)
    check = entry.check()
    missing = check.state != "complete"
    known = exact_bytes(second)
    more = (known or 0) * missing
    return replace(
        plain,
        entry=entry,
        check=check,
        download_bytes=(plain.download_bytes + more) * missing,
        size_known=not missing or (plain.size_known and known is not None),
        boost_bytes=more,
    )


def plain(boosted: Planned) -> Planned:
    """Plan the same without it: what that has is linked, and downloaded once."""
    return planned(boosted.backend, boosted.model, boosted.chosen)

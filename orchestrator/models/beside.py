"""A model with a second one beside it: CoreML's encoder, or one by which its engine hears terms."""

from dataclasses import replace

from orchestrator.backends import Backend
from orchestrator.models.catalogue import HubSource, Model, Source, UrlSource
from orchestrator.models.plan import Planned, exact_bytes, place, planned


def with_second(backend: Backend, model: Model, source: Source, *, boost: bool) -> Planned:
    """Plan a model with the second one that its record has: `boost` wants it, or the backend.

    The user's own folder is used as it is.
    """
    alone = planned(backend, model, source)
    encoder = model.coreml if backend.coreml else None
    suffix, second = ("-boost", model.boost) if boost and model.boost else ("-coreml", encoder)
    if second is None or alone.base or not isinstance(source, HubSource | UrlSource):
        return alone
    entry = place(model, source, suffix)
    check = entry.check()
    missing = check.state != "complete"
    known = exact_bytes(second)
    return replace(
        alone,
        entry=entry,
        check=check,
        download_bytes=(alone.download_bytes + (known or 0)) * missing,
        size_known=not missing or (alone.size_known and known is not None),
        second=second,
        alone=alone,
    )

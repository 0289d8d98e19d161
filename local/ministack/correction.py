"""The shape of a correction, and the one way it may touch MiniStack."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Correction:
    """A named change; `apply` raises MiniStackChanged when the code it corrects is not there."""

    name: str
    apply: Callable[[], None]


class MiniStackChanged(Exception):
    """The pinned release is not the one that was read: a name or signature a correction relies on is different."""


def replace(module: ModuleType, name: str, parameters: tuple[str, ...], wrap: Callable[[Callable], Callable]) -> None:
    """Replace function `name` of `module` by `wrap(original)`, after checking its parameter names."""
    original = getattr(module, name, None)
    if not callable(original):
        raise MiniStackChanged(f"{module.__name__}.{name} is gone")
    found = tuple(inspect.signature(original).parameters)
    if found != parameters:
        raise MiniStackChanged(f"{module.__name__}.{name} takes {found}, not {parameters}")
    setattr(module, name, wrap(original))

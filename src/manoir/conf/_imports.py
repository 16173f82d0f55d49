"""Importing what a setting names by its dotted path, with errors that say which part of the path is wrong."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from manoir.conf._counterparts import counterpart_hint
from manoir.exceptions import nearest


def import_string(dotted_path: str) -> Any:
    """Import the object a setting names.

    Only for values of settings and other code of the project, never for text out of a request or a database.

    Args:
        dotted_path: module and attribute, such as "shop.mail.Backend".

    Returns:
        The attribute of the module.

    Raises:
        ImportError: the path has no dot, or a part of it does not exist; the message names the part and near names.

    Example:
        >>> import_string("collections.OrderedDict")
        <class 'collections.OrderedDict'>
    """
    module_path, _, name = dotted_path.rpartition(".")
    if not module_path or not name:
        raise ImportError(f"{dotted_path!r} is not a dotted path: write 'package.module.Name'.")
    module = import_module(module_path, wanted=dotted_path)
    try:
        return getattr(module, name)
    except AttributeError:
        hint = counterpart_hint(dotted_path) or nearest(name, public_names(module))
        raise ImportError(f"Module {module_path!r} has no {name!r} (wanted for {dotted_path!r}).{hint}") from None


def import_module(module_path: str, *, wanted: str | None = None) -> Any:
    """Import a module; an ImportError says which part of the path is missing, and what is near.

    An error inside the module itself is left as it is.
    """
    try:
        return importlib.import_module(module_path)
    except ModuleNotFoundError as error:
        if not is_about(error, module_path):
            raise
        message = missing_module_message(module_path, error.name or module_path, wanted or module_path)
        raise ModuleNotFoundError(message, name=error.name) from None


def is_about(error: ModuleNotFoundError, module_path: str) -> bool:
    """Tell whether the module itself (or a package above it) is missing, not something that it imports."""
    return error.name is not None and f"{module_path}.".startswith(f"{error.name}.")


def missing_module_message(module_path: str, missing: str, wanted: str) -> str:
    """Say which part of a dotted path does not exist, and which near names do."""
    package, _, name = missing.rpartition(".")
    where = f"Package {package!r} has no module {name!r}" if package else f"There is no package or module {name!r}"
    names = module_names(package)
    if not package and name in names:
        hint = f" There is one in {str(Path.cwd())!r}, where Python does not look; add that directory to PYTHONPATH."
    else:
        hint = counterpart_hint(wanted) or nearest(name, names)
    wanted_for = "" if wanted == missing else f" (wanted for {wanted!r})"
    return f"{where}{wanted_for}.{hint}"


def module_names(package: str) -> list[str]:
    """Names of the modules inside a package; without a package those of the project's directory."""
    if package:
        paths: Iterable[str] = getattr(sys.modules.get(package), "__path__", [])
    else:
        here = str(Path.cwd())
        paths = [*(path or here for path in sys.path[:2]), here]
    return [module.name for module in pkgutil.iter_modules(list(paths))]


def public_names(module: object) -> list[str]:
    """Names a module offers, for suggestions."""
    return [name for name in dir(module) if not name.startswith("_")]

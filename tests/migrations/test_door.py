"""The door of the room."""

from __future__ import annotations

import types

from manoir import migrations


def test_door_lists_what_it_exports() -> None:
    public = {
        name
        for name, value in vars(migrations).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public - {"annotations"} == set(migrations.__all__)
    assert sorted(migrations.__all__, key=lambda name: (name.islower(), name.lower())) == sorted(
        set(migrations.__all__), key=lambda name: (name.islower(), name.lower())
    )


def test_importing_the_room_does_not_load_sqlalchemy() -> None:
    import subprocess
    import sys

    code = "import sys, manoir.migrations, manoir.migrations.commands.migrate; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30).returncode == 0

"""The test project is set up before forms of its models are made."""

from __future__ import annotations

import manoir

manoir.setup()

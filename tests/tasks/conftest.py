from __future__ import annotations

import manoir

manoir.setup()

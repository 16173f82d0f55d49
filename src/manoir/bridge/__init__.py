"""One implementation for sync and async: what waits is written once, as `async def`.

Map of the room:

- `_waiting`  `wait`, `blocking`, `iterate`, `run`: sync code waits for coroutines, wherever it stands
- `_island`   `spawn`: sync code on the event loop, in greenlets
- `_threads`  `to_thread`: blocking code in worker threads (`_pool`), which wait through portals (`_portal`)
- `_loops`    which loop a thread uses; `_driver` runs the main thread's own; `_closing` ends what lives on a loop
- `_hooks`    methods that a project overrides in either colour
- `_lazy`     a cached property without a lock
"""

from __future__ import annotations

from manoir.bridge._closing import LoopLocal, aclose_loop, on_loop_close
from manoir.bridge._hooks import (
    AsyncTwin,
    HookConflict,
    HookPair,
    TwoColours,
    atwin,
    complete_hooks,
    hook,
    hook_conflicts,
    hook_pairs,
    run_sync,
    set_sync_mode,
    sync_hooks,
    twin,
)
from manoir.bridge._island import Abandoned, in_spawn, spawn
from manoir.bridge._lazy import lazy_property
from manoir.bridge._loops import Adoption, adopt_loop, get_loop, is_own_loop
from manoir.bridge._threads import set_threads, set_transaction_probe, set_transaction_threads, to_thread
from manoir.bridge._waiting import SyncTwin, blocking, blocking_function, can_wait, iterate, refusal, run, wait

__all__ = [
    "Abandoned",
    "Adoption",
    "AsyncTwin",
    "HookConflict",
    "HookPair",
    "LoopLocal",
    "SyncTwin",
    "TwoColours",
    "aclose_loop",
    "adopt_loop",
    "atwin",
    "blocking",
    "blocking_function",
    "can_wait",
    "complete_hooks",
    "get_loop",
    "hook",
    "hook_conflicts",
    "hook_pairs",
    "in_spawn",
    "is_own_loop",
    "iterate",
    "lazy_property",
    "on_loop_close",
    "refusal",
    "run",
    "run_sync",
    "set_sync_mode",
    "set_threads",
    "set_transaction_probe",
    "set_transaction_threads",
    "spawn",
    "sync_hooks",
    "to_thread",
    "twin",
    "wait",
]

# SPDX-License-Identifier: MIT
"""WebSocket libraries that are not ours, through every combination of hops."""
from lib import strangers
from lib.harness import Skip, test


def every_place(t, client):
    """{ws, wss} x {tcp, tls, ws, wss}, every back-end, compressed or not."""
    strangers.need(t, client)
    world = strangers.World(t)
    world.hold(client, world.jobs())
    world.gateway.stop()


for library in (*strangers.NODE, *strangers.PYTHON):
    test(lambda t, client=library: every_place(t, client),
         name=f"{library}_talks_to_every_back_end")


@test
def no_library_was_left_out(t):
    missing = [one for one in (*strangers.NODE, *strangers.PYTHON)
               if not strangers.is_there(t, one)]
    if missing:
        raise Skip(f"missing {', '.join(missing)}")

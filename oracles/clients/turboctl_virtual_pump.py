"""turboctl's virtual pump, for our own driver: says where it is and ends with its input."""

import json
import sys
import tty

from turboctl.virtualpump.virtualpump import VirtualPump

with VirtualPump() as pump:
    # its terminal echoes until somebody has opened it raw
    tty.setraw(pump.connection.user_end)
    print(json.dumps({"port": pump.connection.port}), flush=True)
    sys.stdin.read()

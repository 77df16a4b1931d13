"""How a client says what it tried: one JSON object a line; only the standard library is needed.

A script names every check under one of five kinds. `please` asks whoever started the script to
do something at the instrument - pull its cable, switch it off and on, change its surroundings -
and returns when that is done.
"""

import json
import sys
import time
import traceback

REACHED_WITHIN_S = 5.0


class Raising:
    """What a check wants when the client is to object."""

    def __init__(self, kind, text=""):
        self.kind, self.text = kind, text

    def __repr__(self):
        return f"{self.kind} saying {self.text!r}"


def near(wanted, tolerance):
    """A number within `tolerance` of another."""

    def fits(found):
        return abs(float(found) - wanted) <= tolerance

    fits.wanted = f"{wanted} +- {tolerance}"
    return fits


def one_of(*wanted):
    """One of several answers."""

    def fits(found):
        return found in wanted

    fits.wanted = f"one of {wanted}"
    return fits


def reads(check, act, wanted=None):
    """The client reads something."""
    _check("reads", check, act, wanted)


def writes(check, act, wanted=None):
    """The client changes something and sees that it did."""
    _check("writes", check, act, wanted)


def limits(check, act, wanted=None):
    """The client goes to, or beyond, what the instrument takes."""
    _check("limits", check, act, wanted)


def errors(check, act, wanted=None):
    """Something is wrong, and the client learns of it."""
    _check("errors", check, act, wanted)


def reconnects(check, act, wanted=None):
    """The client, the wire or the instrument was away and is back."""
    _check("reconnects", check, act, wanted)


def please(wish, value=1.0):
    """Ask for something at the instrument's end and wait until it is so."""
    print(json.dumps({"please": wish, "value": value}), flush=True)
    if not sys.stdin.readline():
        raise SystemExit("nobody listens")


def until(act, wanted, within_s=REACHED_WITHIN_S):
    """What `act` last returned: as soon as it is as wanted, or when time is up."""
    end_s = time.monotonic() + within_s
    while True:
        found = act()
        if _fits(found, wanted) or time.monotonic() > end_s:
            return found
        time.sleep(0.05)


def in_turn(*acts):
    """Do several things; the last one's answer."""

    def act():
        found = None
        for one in acts:
            found = one()
        return found

    return act


def set_to(thing, name, value):
    """Assign to an attribute, where only an expression may stand."""
    setattr(thing, name, value)


def _check(kind, check, act, wanted):
    try:
        found = act()
    except Exception as error:  # noqa: BLE001 - a client may raise anything: that is what is looked at
        ok = isinstance(wanted, Raising) and isinstance(error, wanted.kind)
        ok = ok and wanted.text in str(error)
        said = f"{type(error).__name__}: {error}"
        if not ok:
            traceback.print_exc()
    else:
        ok, said = not isinstance(wanted, Raising) and _fits(found, wanted), repr(found)
    if not ok and wanted is not None:
        said += f" instead of {getattr(wanted, 'wanted', repr(wanted))}"
    print(json.dumps({"kind": kind, "check": check, "ok": ok, "said": said}), flush=True)


def _fits(found, wanted):
    if wanted is None:
        return True
    return bool(wanted(found) if callable(wanted) else found == wanted)

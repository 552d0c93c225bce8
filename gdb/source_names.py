# Shows WebAssembly functions under their source names in gdb: `bt`, breakpoints, `wasm functions`.
#
# A runtime like WAVM compiles a module's functions under the names functionDef0, functionDef1 … and hands gdb an object
# file in memory for each module (gdb manual, "JIT Compilation Interface"). The runtime's own module has a functionDef10
# too, so a name alone says nothing: a function's object has exactly functionDef0 … functionDef(D-1), D being the number
# of functions that the .wasm defines. Breakpoints go to addresses in that object only.
#
# Loaded by `tasks debug.gdb`, or by hand: source source_names.py, then: wasm load SESSION.json
#
# SESSION.json: {"definedCount": D, "names": [name of functionDef0, …], "breakpoints": [N, …],
#                "events": null | path of the file that gets one JSON line an event,
#                "timeoutSeconds": null | when `wasm report` stops the program to tell where it is}

import json
import os
import re
import signal
import threading
import time

import gdb
from gdb.FrameDecorator import FrameDecorator

OBJECT = re.compile(r"<in-memory@0x[0-9a-f]+>")
SYMBOL = re.compile(r"^\[ *\d+\] \S (0x[0-9a-f]+) functionDef(\d+)\b")
MOST_FRAMES = 1000


class Session:
    """What is known of one function and of the objects its runtime has loaded."""

    def __init__(self, definition):
        self.defined_count = definition["definedCount"]
        self.names = definition["names"]
        self.wanted = definition["breakpoints"]
        self.events = definition["events"]
        self.timeout_seconds = definition["timeoutSeconds"]
        self.pid = 0
        self.seen = set()
        # In the order of loading, with whatever numbers they hold; the first may be the runtime's own.
        self.numbered = []
        self.objects = {}
        self.breakpoints = {}

    def name(self, number):
        return self.names[number] or "functionDef%d" % number

    def look(self):
        """Finds objects that came since the last look; the function's own get the breakpoints."""
        self.pid = gdb.selected_inferior().pid
        for objfile in gdb.objfiles():
            name = objfile.filename or ""
            if name in self.seen or not OBJECT.fullmatch(name):
                continue
            self.seen.add(name)
            numbers = object_functions(name)
            if not numbers:
                continue
            self.numbered.append(name)
            if sorted(numbers) == list(range(self.defined_count)):
                self.take(name, numbers)

    def take(self, name, numbers):
        """One more object with the right numbers. The first one loaded was the runtime's if this is another module."""
        first = self.numbered[0]
        if first in self.objects and layout(self.objects[first]) != layout(numbers):
            for number, address in list(self.breakpoints):
                if address in self.objects[first].values():
                    self.breakpoints.pop((number, address)).delete()
            del self.objects[first]
        self.objects[name] = numbers
        for number in self.wanted:
            self.stop_at(number, numbers[number])

    def stop_at(self, number, address):
        if (number, address) not in self.breakpoints:
            self.breakpoints[number, address] = SourceBreakpoint(number, address)

    def source_name(self, address):
        """(number, name) of the user's function at a code address, or None."""
        text = gdb.execute("info symbol 0x%x" % address, to_string=True)
        found = re.match(r"functionDef(\d+)\b", text)
        place = OBJECT.search(text)
        if found is None or place is None or place.group() not in self.objects:
            return None
        number = int(found.group(1))
        return (number, self.name(number)) if number < self.defined_count else None

    def say(self, event):
        if self.events is not None:
            with open(self.events, "a", encoding="utf-8") as out:
                out.write(json.dumps(event) + "\n")


session = None


def layout(numbers):
    """Where functions lie from each other: equal for two loads of one compiled module."""
    start = min(numbers.values())
    return {number: address - start for number, address in numbers.items()}


def object_functions(name):
    """N -> address of every functionDefN that one object in memory holds."""
    text = gdb.execute("maint print msymbols -objfile %s" % name, to_string=True)
    found = {}
    for line in text.splitlines():
        symbol = SYMBOL.match(line)
        if symbol is not None:
            found[int(symbol.group(2))] = int(symbol.group(1), 16)
    return found


class SourceBreakpoint(gdb.Breakpoint):
    """Stops in one function of the user's module; gdb lists it under the source name."""

    def __init__(self, number, address):
        super().__init__("*0x%x" % address, internal=False)
        self.function = number

    def stop(self):
        if session.events is None:
            print("\nStopped in %s (functionDef%d)" % (session.name(self.function), self.function))
        return True


class SourceName(FrameDecorator):
    """A frame of the user's module, under its source name."""

    def __init__(self, base, named):
        super().__init__(base)
        self.named = named

    def function(self):
        number, name = self.named
        return "%s [functionDef%d]" % (name, number)


class SourceNames:
    """The frame filter behind `bt`."""

    def __init__(self):
        self.name = "wasm-source-names"
        self.enabled = True
        self.priority = 100
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        for decorated in frames:
            frame = decorated.inferior_frame()
            named = session.source_name(code_address(frame)) if session is not None else None
            yield decorated if named is None else SourceName(decorated, named)


def code_address(frame):
    """A caller's address is that of the instruction after the call, which may lie past the function's end."""
    return frame.pc() - (1 if frame.newer() is not None else 0)


class Wasm(gdb.Command):
    """WebAssembly functions under their source names: wasm load | break | functions"""

    def __init__(self):
        super().__init__("wasm", gdb.COMMAND_USER, prefix=True)


class WasmLoad(gdb.Command):
    """wasm load SESSION.json: takes the names that `tasks debug.gdb` wrote."""

    def __init__(self):
        super().__init__("wasm load", gdb.COMMAND_USER, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        global session
        with open(argument, encoding="utf-8") as text:
            session = Session(json.load(text))
        SourceNames()
        gdb.events.new_objfile.connect(lambda event: session.look())
        if gdb.selected_inferior().pid != 0 or gdb.objfiles():
            session.look()


class WasmBreak(gdb.Command):
    """wasm break NAME: stops where a function of the module begins, now or as soon as it is compiled."""

    def __init__(self):
        super().__init__("wasm break", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        numbers = matching(argument)
        if len(numbers) != 1:
            for number in numbers:
                print("functionDef%d  %s" % (number, session.name(number)))
            raise gdb.GdbError(
                "%s functions are called that; name one of them" % (len(numbers) or "No")
            )
        session.wanted.append(numbers[0])
        for functions in session.objects.values():
            session.stop_at(numbers[0], functions[numbers[0]])
        if not session.objects:
            print("Will stop in %s once it is compiled" % session.name(numbers[0]))

    def complete(self, text, word):
        return [name for name in session.names if name.startswith(text)] if session else []


class WasmFunctions(gdb.Command):
    """wasm functions [REGEX]: the functions of the module."""

    def __init__(self):
        super().__init__("wasm functions", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        assert_loaded()
        for number in range(session.defined_count):
            if re.search(argument, session.name(number)):
                print("functionDef%d  %s" % (number, session.name(number)))


def assert_loaded():
    if session is None:
        raise gdb.GdbError("No names are loaded: wasm load SESSION.json")


def matching(wanted):
    """Numbers of the functions that a name means: exactly it, else with its parameters left out, else a part of it."""
    assert_loaded()
    symbol = re.fullmatch(r"functionDef(\d+)", wanted)
    if symbol is not None and int(symbol.group(1)) < session.defined_count:
        return [int(symbol.group(1))]
    ways = (
        lambda name: name == wanted,
        lambda name: name.split("(", 1)[0] == wanted,
        lambda name: wanted != "" and wanted in name,
    )
    for means in ways:
        numbers = [n for n in range(session.defined_count) if means(session.names[n])]
        if numbers:
            return numbers
    return []


# --batch: events instead of a conversation.


def frames_now():
    """The stack, innermost first, as far as gdb can walk it."""
    found = []
    frame = gdb.newest_frame()
    while frame is not None and len(found) < MOST_FRAMES:
        found.append(described(frame))
        try:
            frame = frame.older()
        except gdb.error:
            break
    return found


def thread_now():
    """The thread that stopped, where there are several."""
    threads = gdb.selected_inferior().threads()
    thread = gdb.selected_thread()
    if thread is None or len(threads) < 2:
        return {}
    return {"thread": {"number": thread.num, "name": thread.name or "", "of": len(threads)}}


def described(frame):
    address = code_address(frame)
    named = session.source_name(address)
    place = frame.find_sal()
    shown = {"address": hex(frame.pc()), "symbol": frame.name(), "locals": locals_of(frame)}
    if named is not None:
        shown["wasm"] = {"n": named[0], "name": named[1]}
    if place.symtab is not None and place.line > 0:
        shown["file"] = place.symtab.filename
        shown["line"] = place.line
    objfile = gdb.solib_name(frame.pc())
    if objfile is not None:
        shown["library"] = objfile
    return shown


def locals_of(frame):
    """Arguments and variables of a frame whose code says where they are; a value that cannot be read says why."""
    values = {}
    try:
        block = frame.block()
    except RuntimeError:
        return values
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument) and symbol.name not in values:
                values[symbol.name] = text_of(symbol, frame)
        if block.function is not None:
            break
        block = block.superblock
    return values


def text_of(symbol, frame):
    try:
        return symbol.value(frame).format_string(max_elements=20, max_depth=2)[:200]
    except (gdb.error, ValueError) as error:
        return "<%s>" % error


class WasmReport(gdb.Command):
    """wasm report: runs to the first breakpoint or crash, writes what is there, and lets the program end."""

    def __init__(self):
        super().__init__("wasm report", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        assert_loaded()
        stop = {}
        self.is_late = False

        def stopped(event):
            stop["event"] = event

        def exited(event):
            session.say({"event": "exited", "code": getattr(event, "exit_code", None)})

        gdb.events.stop.connect(stopped)
        gdb.events.exited.connect(exited)
        if session.timeout_seconds is not None:
            timer = threading.Timer(session.timeout_seconds, self.interrupt)
            timer.daemon = True
            timer.start()
        gdb.execute("run" if argument == "" else argument)
        while gdb.selected_inferior().pid != 0 and "event" in stop:
            event = stop.pop("event")
            if self.is_late and isinstance(event, gdb.SignalEvent) and event.stop_signal == "SIGINT":
                self.say({"event": "timeout"})
                gdb.execute("kill")
                break
            self.tell(event)
            gdb.execute("continue")
        session.say({"event": "loaded", "objects": len(session.objects), "others": len(session.numbered) - len(session.objects)})

    def interrupt(self):
        """Runs beside gdb, whose own functions may not be called here: the signal stops the program, and gdb sees it."""
        self.is_late = True
        while session.pid == 0:
            time.sleep(0.05)
        os.kill(session.pid, signal.SIGINT)

    def tell(self, event):
        if isinstance(event, gdb.SignalEvent):
            self.say({"event": "signal", "signal": event.stop_signal})
        elif isinstance(event, gdb.BreakpointEvent):
            hit = [b for b in event.breakpoints if isinstance(b, SourceBreakpoint)]
            number = hit[0].function if hit else None
            self.say({"event": "breakpoint", "n": number})
            for breakpoint in hit:
                breakpoint.enabled = False

    def say(self, event):
        session.say({**event, **thread_now(), "frames": frames_now()})


class WasmCore(gdb.Command):
    """wasm core: writes the stack of a core file."""

    def __init__(self):
        super().__init__("wasm core", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        assert_loaded()
        session.look()
        session.say({"event": "core", **thread_now(), "frames": frames_now()})
        session.say({"event": "loaded", "objects": len(session.objects), "others": len(session.numbered) - len(session.objects)})


Wasm()
WasmLoad()
WasmBreak()
WasmFunctions()
WasmReport()
WasmCore()

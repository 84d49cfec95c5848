"""Commands for the card: list, print from it, write to it, power-loss recovery.

Without a card in the slot they answer as a board does that finds none. The card itself and the
reading of lines are in card.py; that queued lines of a file get no ok is core.py's business.
"""

from __future__ import annotations

from .board import Steps
from .card import CardFile, Checkpoint
from .commands_heat import wait_bed, wait_hotend
from .commands_motion import home
from .commands_pause import pause
from .core import Firmware, Handler
from .job import duration
from .words import Words

_OPENING_S = 0.01
_LONG_JOB_S = 60.0
_RECOVERY_LIFT_MM = 5.0


def list_files(fw: Firmware, words: Words) -> None:
    """M20: with L long names, with T time stamps."""
    card = fw.reader.card
    if card is None or not fw.reader.mounted:
        fw.say("echo:No media")
        return
    fw.say("Begin file list")
    for file in card.files:
        stamp = f" 0x{file.stamp:08X}" if words.seen("T") else ""
        long_name = f" {file.long_name}" if words.seen("L") else ""
        fw.say(f"{file.name} {len(file.data)}{stamp}{long_name}")
    fw.say("End file list")


def mount(fw: Firmware, words: Words) -> None:
    """M21."""
    fw.reader.mounted = fw.reader.card is not None
    fw.say("echo:SD card ok" if fw.reader.mounted else "echo:No media")


def release(fw: Firmware, words: Words) -> None:
    """M22."""
    if fw.reader.card is None:
        return
    fw.reader.close()
    fw.reader.mounted = False
    fw.say("echo:SD card released")


def select(fw: Firmware, words: Words) -> None:
    """M23."""
    _open(fw, words.rest.split(" ")[0])


def _open(fw: Firmware, name: str) -> CardFile | None:
    shown = name.upper()
    if fw.reader.mounted:
        fw.say(f"echo:Now fresh file: {shown}")
    file = fw.reader.select(name)
    if file is None:
        fw.say(f"open failed, File: {shown}.")
        return None
    fw.say(f"File opened: {file.name} Size: {len(file.data)}")
    fw.say("File selected")
    fw.notify(file.name)
    return file


def start_print(fw: Firmware, words: Words) -> None:
    """M24."""
    if fw.reader.card is None:
        return
    offset = words.number("S")
    if offset is not None and fw.reader.file is not None:
        _seek(fw, offset)
    if fw.reader.file is not None:
        _begin(fw)
    fw.say("//action:resume")
    fw.prompt("Resuming SD", "Dismiss")


def _begin(fw: Firmware) -> None:
    fw.reader.printing = True
    fw.reader.ready_at = fw.now + _OPENING_S
    fw.job.start(fw.now)


def pause_print(fw: Firmware, words: Words) -> Steps | None:
    """M25: parks and asks where the firmware can, else it only stops reading the file."""
    if not fw.reader.printing:
        return None
    if fw.dialect.advanced_pause:
        return pause(fw, "Send M108 to resume", change=False)
    fw.reader.printing = False
    fw.job.pause(fw.now)
    fw.say("//action:pause")
    return None


def seek(fw: Firmware, words: Words) -> None:
    """M26."""
    offset = words.number("S")
    if offset is not None:
        _seek(fw, offset)


def _seek(fw: Firmware, offset: float) -> None:
    if fw.reader.file is not None:
        fw.reader.offset = int(min(max(offset, 0.0), len(fw.reader.file.data)))


def progress(fw: Firmware, words: Words) -> None:
    """M27: now, with S every so many seconds, with C the file's name."""
    if words.seen("C"):
        file = fw.reader.file
        names = f"{file.name} {file.long_name}" if file else "(no file)"
        fw.say(f"Current file: {names}")
        return
    seconds = words.number("S")
    if seconds is None or not fw.dialect.able("AUTOREPORT_SD_STATUS"):
        fw.say_card_progress()
        return
    fw.card_report_s = float(min(max(int(seconds), 0), 60))
    fw.next_card_report = fw.now + fw.card_report_s if fw.card_report_s else float("inf")


def write_file(fw: Firmware, words: Words) -> None:
    """M28, M928: what follows goes into a file; with M928 it is executed as well."""
    name = words.rest.split(" ")[0]
    shown = name.upper()
    reader = fw.reader
    if not reader.mounted or not name:
        fw.say(f"open failed, File: {shown}.")
        return
    reader.close()
    reader.writing, reader.logging = shown, words.code == "M928"
    reader.written.clear()
    fw.say(f"echo:Now fresh file: {shown}")
    fw.say(f"Writing to file: {shown}")
    fw.notify(shown)


def delete(fw: Firmware, words: Words) -> None:
    """M30."""
    card, name = fw.reader.card, words.rest.split(" ")[0]
    if card is None:
        return
    if fw.reader.mounted and card.delete(name):
        if fw.reader.file is not None and fw.reader.file not in card.files:
            fw.reader.close()
        fw.say(f"File deleted:{name.upper()}")
    else:
        fw.say(f"Deletion failed, File: {name.upper()}.")


def select_and_start(fw: Firmware, words: Words) -> None:
    """M32."""
    if fw.reader.card is not None and _open(fw, words.rest.strip("!#").split("#")[0]):
        _begin(fw)


def long_name(fw: Firmware, words: Words) -> None:
    """M33."""
    card = fw.reader.card
    file = card.find(words.rest) if card is not None and fw.reader.mounted else None
    if file is not None:
        fw.say(f"/{file.long_name}")


def file_done(fw: Firmware, words: Words) -> Steps:
    """M1001: queued by the firmware itself behind the last line of a file."""
    yield from fw.until_still()
    if not fw.reader.ending:
        return
    seconds = fw.job.seconds(fw.now)
    fw.job.stop(fw.now, finished=True)
    if fw.reader.card is not None:
        fw.reader.card.checkpoint = None
    fw.reader.close()
    if seconds > _LONG_JOB_S:
        fw.notify(duration(seconds))
        fw.say(f"echo:Print time: {duration(seconds)}")
    fw.say("Done printing file")


def recover(fw: Firmware, words: Words) -> Steps | None:
    """M1000: heats, homes X and Y and goes on where the checkpoint says, whoever asks for it."""
    card = fw.reader.card
    if words.seen("S"):
        fw.say("echo:Resume requires LCD.")
        return None
    if card is None or card.checkpoint is None or not fw.settings.power_loss:
        return None
    return _recover(fw, card.checkpoint)


def _recover(fw: Firmware, point: Checkpoint) -> Steps:
    if point.bed_c > 0:
        yield from _steps(wait_bed(fw, Words("M190", {"S": point.bed_c}, "", "")))
    if point.nozzle_c > 0:
        yield from _steps(wait_hotend(fw, Words("M109", {"S": point.nozzle_c}, "", "")))
    x, y, z, e = point.position
    # The firmware takes it that nothing sank meanwhile: Z is believed, not measured.
    fw.position[2] = z
    yield from fw.go((fw.position[0], fw.position[1], z + _RECOVERY_LIFT_MM), fw.homing_speed())
    yield from _steps(home(fw, Words("G28", {"X": None, "Y": None}, "", "XY")))
    if fw.killed or _open(fw, point.file) is None:
        return
    fw.homed = [True, True, True]
    yield from fw.go((x, y, z + _RECOVERY_LIFT_MM), fw.settings.max_feed[0])
    yield from fw.go((x, y, z), fw.homing_speed())
    fw.position[3] = fw.planner.stepped[3] = e
    fw.feed_mm_s = point.feed_mm_s
    fw.relative, fw.relative_e = point.relative, point.relative_e
    fw.reader.offset = point.offset
    _begin(fw)


def _steps(steps: Steps | None) -> Steps:
    if steps is not None:
        yield from steps


COMMANDS: dict[str, Handler] = {
    "M20": list_files,
    "M21": mount,
    "M22": release,
    "M23": select,
    "M24": start_print,
    "M25": pause_print,
    "M26": seek,
    "M27": progress,
    "M28": write_file,
    "M30": delete,
    "M32": select_and_start,
    "M33": long_name,
    "M928": write_file,
    "M1000": recover,
    "M1001": file_done,
}

"""Frame sequences and frame ranges; the only module that knows fileseq."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fileseq.constants import PAD_STYLE_HASH1
from fileseq.exceptions import FileSeqException
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet

from platekey.core.errors import MissingFrame, OptionError, UnreadableFile

from .frame import Frame
from .image_io import count_movie_frames, read_frame
from .movie import MOVIE_EXTENSIONS, MovieReader

_PADDING = re.compile(r"#+|@+|%(\d*)d|\$F(\d*)")
_NUMBERED = re.compile(r"\.(-?\d+)\.[^.]+$")
_LONGEST_RANGE = 50_000  # characters
_DEFAULT_PADDING = "%04d"
_MOST_NAMED = 12  # ranges of missing frames that a message lists


@dataclass(frozen=True)
class Sequence:
    """What a pattern found on disk.

    Attributes:
        pattern: as it was given.
        frames: numbers in ascending order. A movie's begin at 1; a single file has the number in
            its name ("plate.1001.exr"), else 1.
        is_single: one picture without a pattern, which serves every frame.
        is_movie: one file that holds all frames.
    """

    pattern: str
    frames: tuple[int, ...]
    is_single: bool = False
    is_movie: bool = False
    _files: Mapping[int, str] = field(default_factory=dict, repr=False, compare=False)
    _movie: MovieReader | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The file name without folder, frame number and extension."""
        stem = os.path.splitext(os.path.basename(self.pattern))[0]
        numbered = _NUMBERED.search(os.path.basename(self.pattern))
        if self.is_single and numbered:
            stem = stem[: -len(numbered.group(1))]
        return _PADDING.sub("", stem).strip("._- ") or "frame"

    def frame_for(self, frame: int) -> int:
        """The frame that serves `frame`: itself, or the only one that there is.

        Raises:
            MissingFrame: the sequence has no such frame.
        """
        if self.is_single:
            return self.frames[0]
        self.require([frame])
        return frame

    def path(self, frame: int) -> str:
        """The file that holds `frame`; raises MissingFrame where there is none."""
        number = self.frame_for(frame)
        return self._files.get(number, self.pattern)

    def require(self, frames: Iterable[int], role: str = "") -> None:
        """Checks that all of `frames` are there.

        Args:
            frames: the numbers that a job needs.
            role: "plate" or the like, for the message.

        Raises:
            MissingFrame: it names the frames that are not there.
        """
        missing = sorted(set(frames) - set(self.frames))
        if missing and not self.is_single:
            raise MissingFrame(
                f"{role or 'sequence'} {self.pattern} has no frame{'s' * (len(missing) > 1)} "
                f"{_named(missing)}; found are {_named(self.frames)}; render what is missing or "
                "choose other frames."
            )

    def gaps(self) -> str:
        """The frames that are not there between the first and the last, in words; "" if none."""
        every = range(self.frames[0], self.frames[-1] + 1)
        missing = () if len(every) == len(self.frames) else sorted(set(every) - set(self.frames))
        return _named(missing) if missing else ""

    def close(self) -> None:
        """Ends the decoder of a movie; reading again starts it anew."""
        if self._movie is not None:
            self._movie.close()

    def read(self, frame: int, *, layer: str = "") -> Frame:
        """Reads a frame; raises MissingFrame and what image_io.read_frame raises."""
        path = self.path(frame)
        if not self.is_movie:
            return read_frame(path, layer=layer)
        if self._movie is not None:
            return self._movie.read(frame)
        return read_frame(path, movie_frame=frame - 1)


def find_sequence(pattern: str) -> Sequence:
    """Finds the files of a pattern: name.%04d.exr, name.####.exr, name.@@@@.exr, name.$F4.exr, a
    single file, or a movie.

    Raises:
        MissingFrame: nothing is there; the message names what comes near.
        UnreadableFile: a folder, or a movie that cannot be played.
    """  # noqa: D205
    if not pattern.strip():
        raise MissingFrame("no file was given; name a file, a movie or a sequence (name.####.exr).")
    if not _is_text(pattern):
        raise UnreadableFile(
            f"{pattern!a} is no UTF-8; rename the file, or set LC_ALL or LANG to a UTF-8 locale."
        )
    if os.path.isdir(pattern):
        raise UnreadableFile(
            f"{pattern} is a folder, but a file or a sequence is needed{_candidates(pattern, '')}."
        )
    if os.path.exists(pattern):
        return _movie(pattern) if _is_movie(pattern) else _single(pattern)
    if _padding(os.path.basename(pattern)) is None:
        raise MissingFrame(f"{pattern} does not exist{_near(pattern)}.")
    files = _files(pattern)
    if not files:
        raise MissingFrame(f"no file matches {pattern}{_near(pattern)}.")
    return Sequence(pattern, tuple(sorted(files)), _files=files)


def parse_frame_range(text: str) -> tuple[int, ...]:
    """Reads "1001-1100", "1001-1100x2", "1001,1005-1010", "-5--1"; each frame once, as ordered.

    "1001-1100:2", as Open Job Description writes it, is every second frame too.

    Raises:
        OptionError: it is no frame range.
    """
    # artists separate with blanks, as in Nuke; fileseq would take "1001 1003" for 10011003
    if len(text) > _LONGEST_RANGE:  # fileseq takes the square of the time for twice as many parts
        raise OptionError(
            f"a frame range has {len(text)} characters; write it with at most {_LONGEST_RANGE}."
        )
    parts = re.sub(r"\s+([-x])\s+", r"\1", text).replace(",", " ").replace(":", "x").split()
    if not parts or "." in text:  # fileseq also knows sub-frames
        raise _no_range(text)
    try:
        numbers = list(FrameSet(",".join(parts)))
    except (FileSeqException, ValueError) as error:
        raise _no_range(text) from error
    if not numbers:  # "#" alone
        raise _no_range(text)
    return tuple(int(number) for number in numbers)


def format_frame_range(frames: Iterable[int]) -> str:
    """Writes frames as a range: 1001-1003,1007."""
    return str(FrameSet(sorted(set(frames))))


def output_path(
    pattern: str, frame: int, *, name: str = "matte", is_single: bool = False, pass_name: str = ""
) -> str:
    """Names the file that a frame is written to.

    Args:
        pattern: "out.%04d.exr" and its like; or "out.exr", which becomes out.1001.exr unless the
            job is a single picture; or a folder, for name.1001.exr in it.
        frame: the number.
        name: file name in a folder.
        is_single: the job has one picture, not a sequence.
        pass_name: of a file that holds one pass: out.alpha.1001.exr.

    Raises:
        OptionError: the pattern names a file that is no EXR.
    """
    if not _is_text(pattern):
        raise OptionError(
            f"output {pattern!a} is no UTF-8; choose another name, or set LC_ALL or LANG to a "
            "UTF-8 locale."
        )
    folder, base = os.path.split(pattern)
    extension = os.path.splitext(base)[1]
    if not base or os.path.isdir(pattern) or not extension:
        folder, base = pattern, f"{name}.exr"
    elif extension.lower() != ".exr":
        raise OptionError(f"output is {pattern}; EXR is written, so its name must end in .exr.")
    if _padding(base) is None and not is_single:
        base = f"{base[:-4]}.{_DEFAULT_PADDING}{base[-4:]}"
    padding = _padding(base)
    start = padding.start() if padding else len(base) - 4
    stem, ending = base[:start], base[start:]
    if pass_name:
        bare = stem.rstrip("._")
        separator = stem[len(bare) :] or ("." if padding else "")
        stem = f"{bare}.{pass_name}{separator}" if bare else f"{pass_name}{separator}"
    if padding:
        ending = _number(frame, padding) + base[padding.end() :]
    return os.path.join(folder, stem + ending)


def _padding(base: str) -> re.Match[str] | None:
    """Where a file name has its frame number: the last place that looks like it."""
    return max(_PADDING.finditer(base), key=re.Match.start, default=None)


def _number(frame: int, padding: re.Match[str]) -> str:
    """A frame number as the padding writes it; one # is one digit, as in Nuke."""
    text = padding.group()
    digits = padding.group(1) or padding.group(2) or "1"
    return str(frame).zfill(len(text) if text[0] in "#@" else int(digits))


def _files(pattern: str) -> dict[int, str]:
    """Paths by frame; a padding of one digit also finds longer numbers.

    Not with fileseq, which looks for frame numbers in the names of folders as well.
    """
    folder, base = os.path.split(pattern)
    padding = _padding(base)
    if padding is None or not os.path.isdir(folder or "."):
        return {}
    before, after = map(re.escape, (base[: padding.start()], base[padding.end() :]))
    numbered = re.compile(f"{before}(-?[0-9]+){after}")
    any_width = len(_number(0, padding)) == 1
    files: dict[int, str] = {}
    for name in sorted(os.listdir(folder or ".")):
        found = numbered.fullmatch(name)
        if found and (any_width or _number(int(found[1]), padding) == found[1]):
            files.setdefault(int(found[1]), os.path.join(folder, name))
    return files


def _is_text(path: str) -> bool:
    """Whether a path is no name in another encoding, of which Python makes lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in path)


def _is_movie(path: str) -> bool:
    return os.path.splitext(path)[1].lower() in MOVIE_EXTENSIONS


def _single(path: str) -> Sequence:
    numbered = _NUMBERED.search(os.path.basename(path))
    return Sequence(path, (int(numbered.group(1)) if numbered else 1,), is_single=True)


def _movie(path: str) -> Sequence:
    count = count_movie_frames(path)
    if count:
        return Sequence(path, tuple(range(1, count + 1)), is_movie=True)
    movie = MovieReader(path)
    return Sequence(path, tuple(range(1, movie.count + 1)), is_movie=True, _movie=movie)


def _near(pattern: str) -> str:
    folder, base = os.path.split(pattern)
    if not os.path.isdir(folder or "."):
        return f", and there is no folder {folder}; check the path"
    return _candidates(folder or ".", base) or f"; {folder or 'the folder'} has nothing like it"


def _candidates(folder: str, wanted: str) -> str:
    """The sequences and files of a folder, those that are named most like `wanted` first."""
    try:
        found = FileSequence.findSequencesOnDisk(folder, pad_style=PAD_STYLE_HASH1)
    except (FileSeqException, OSError):
        return ""
    plain = {}
    for each in found:
        form = "{basename}{padding}{extension}"
        name = each.format(form) if len(each) > 1 else os.path.basename(each[0])
        if not name.startswith("."):
            plain[_PADDING.sub("", name)] = name
    near = difflib.get_close_matches(_PADDING.sub("", wanted), plain, n=3, cutoff=0.5)
    chosen = [plain[name] for name in near] if wanted else sorted(plain.values())[:3]
    return f"; in the folder are {', '.join(chosen)}" if chosen else ""


def _named(frames: Iterable[int]) -> str:
    ranges = format_frame_range(frames).split(",")
    more = len(ranges) - _MOST_NAMED
    return ", ".join(ranges[:_MOST_NAMED]) + (f" and {more} more ranges" if more > 0 else "")


def _no_range(text: str) -> OptionError:
    return OptionError(
        f"{text[:200]!r} is no frame range; write it like 1001-1100, 1001-1100x2 or 1001,1005-1010."
    )

"""Movies, decoded by the ffmpeg program where OpenImageIO was built without FFmpeg."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from typing import IO

import numpy as np

from platekey.core.errors import UnreadableFile

from .frame import Frame, Window

MOVIE_EXTENSIONS = (
    ".mov", ".mp4", ".m4v", ".mkv", ".mxf", ".avi", ".webm", ".mpg", ".mpeg", ".mts", ".gif",
)  # fmt: skip
_CONTAINERS = "mov,matroska,mxf,avi,mpeg,mpegts,mpegvideo,gif"  # ffmpeg's names of those
# The OCIO names of what ffmpeg calls the transfer; scene-referred, as cameras record.
_SPACES = {
    "bt709": "ocio:itu709_rec709_scene",
    "smpte170m": "ocio:itu709_rec709_scene",
    "iec61966-2-1": "srgb_rec709_scene",
    "linear": "lin_rec709_scene",
}
_MATRICES = {"bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470", "bt2020nc": "bt2020"}
_WHITE = 255 << 8  # what ffmpeg makes of white in 16 bits, whatever the depth of the movie
_HD_HEIGHT = 720  # from here on an untagged movie is Rec.709, below it Rec.601


@dataclass(frozen=True)
class _Stream:
    """What ffmpeg says about the first video stream."""

    matrix: str
    full_range: bool
    colour_space: str
    pixel_aspect: float


class MovieReader:
    """Decodes a movie frame by frame, as float32 R G B in the movie's encoding.

    Frames are numbered from 1. Reading on from frame to frame is fast; a step back, or a jump,
    decodes again from the start, so that every frame is the right one whatever the codec.

    Attributes:
        count: number of frames.
    """

    def __init__(self, path: str) -> None:
        """Opens a movie and counts its frames.

        Raises:
            UnreadableFile: it is damaged, has no picture, or there is no ffmpeg program.
        """
        self._path = path
        self._ffmpeg = _ffmpeg(path)
        self._stream = _probe(self._ffmpeg, path)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._next = 1
        self.count = _count(self._ffmpeg, path)

    def read(self, frame: int) -> Frame:
        """Decodes frame `frame`, counted from 1.

        Raises:
            UnreadableFile: the movie breaks off before it.
        """
        with self._lock:
            if self._process is None or frame < self._next:
                self._start()
            while self._next < frame:
                self._take()
            pixels = self._take()
            if frame == self.count:
                self._stop()
        height, width, _ = pixels.shape
        window = Window(0, 0, width, height)
        return Frame(
            pixels.astype(np.float32) / np.float32(_WHITE),
            ("R", "G", "B"),
            window,
            window,
            self._stream.pixel_aspect,
            self._stream.colour_space,
            {},
            self._path,
        )

    def close(self) -> None:
        """Ends the decoder."""
        with self._lock:
            self._stop()

    def __del__(self) -> None:
        """Ends the decoder with the last reference to it."""
        if getattr(self, "_process", None) is not None:
            self._stop()

    def _start(self) -> None:
        self._stop()
        stream = self._stream
        scale = (
            f"scale=in_color_matrix={stream.matrix}:in_range={'pc' if stream.full_range else 'tv'}"
            ":out_range=pc:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
        )
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed by _stop
        self._process = subprocess.Popen(
            [
                self._ffmpeg, "-nostdin", "-v", "error", "-xerror", *_safe(self._path),
                "-map", "0:v:0", "-an", "-fps_mode", "passthrough", "-vf", scale,
                "-pix_fmt", "rgb48be", "-c:v", "ppm", "-f", "image2pipe", "-",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )  # fmt: skip
        self._next = 1

    def _take(self) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint16]]:
        """The next frame, a 16 bit PPM: "P6", width and height, 65535, then the pixels."""
        pipe = self._process.stdout if self._process is not None else None
        if pipe is None:
            raise self._broken()
        header = [pipe.readline() for _ in range(3)]
        size = header[1].split()
        if header[0] != b"P6\n" or len(size) != 2:
            raise self._broken()
        width, height = int(size[0]), int(size[1])
        data = pipe.read(width * height * 6)
        if len(data) < width * height * 6:
            raise self._broken()
        self._next += 1
        return np.frombuffer(data, ">u2").reshape(height, width, 3)

    def _broken(self) -> UnreadableFile:
        reason = ""
        if self._errors is not None:
            self._errors.seek(0)
            reason = self._errors.read(300).decode("utf-8", "replace").strip().split("\n")[0]
        frame = self._next
        self._stop()
        return UnreadableFile(
            f"{self._path} cannot be decoded at frame {frame} ({reason or 'it ends there'}); "
            "export it again, best as an EXR sequence."
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
        errors, self._errors = self._errors, None
        if errors is not None:
            errors.close()


def _ffmpeg(path: str) -> str:
    named = os.environ.get("PLATEKEY_FFMPEG", "")
    program = shutil.which(named or "ffmpeg")
    if program is None:
        raise UnreadableFile(
            f"{path} is a movie, and {named or 'the program ffmpeg'} was not found; install "
            "ffmpeg 5.1 or later, name it in PLATEKEY_FFMPEG, or export an EXR sequence."
        )
    return program


def _safe(path: str) -> tuple[str, ...]:
    # a name like "concat:x" or "-x" must stay a file name, and a playlist opens no other file
    limits = ("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS)
    return *limits, "-i", "file:" + os.path.abspath(path)


def _run(program: str, path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [program, "-nostdin", "-hide_banner", *_safe(path), *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        check=False,
    )  # fmt: skip


def _probe(program: str, path: str) -> _Stream:
    told = _run(program, path).stderr  # ffmpeg describes the input, then misses an output
    line = re.search(r"Stream #.*Video: (.*)", told)
    size = re.search(r"\b(\d{1,5})x(\d{1,5})\b", line.group(1)) if line else None
    if line is None or size is None:
        reason = (told.strip().split("\n") or [""])[-1].strip()
        raise UnreadableFile(
            f"{path} cannot be read as a movie ({reason}); export it again, best as EXR sequence."
        )
    text = line.group(1)
    # "yuv420p(tv, bt709/bt470bg/smpte170m, progressive)"; one name where all three are the same
    inside = re.search(r"\w+\(([^()]*)\)", text[: size.start()])
    words = [word.split("/") for word in re.split(r", ?", inside.group(1))] if inside else []
    named = next((word for word in words if len(word) == 3 or word[0] in _MATRICES), [""])
    default = "bt709" if int(size.group(2)) >= _HD_HEIGHT else "smpte170m"
    aspect = re.search(r"SAR (\d+):(\d+)", text)
    return _Stream(
        matrix=_MATRICES.get(named[0], default),
        full_range=["pc"] in words or re.search("yuvj|rgb|gbr", text) is not None,
        colour_space=_SPACES.get(named[-1], "ocio:itu709_rec709_scene"),
        pixel_aspect=int(aspect.group(1)) / int(aspect.group(2)) if aspect else 1.0,
    )


def _count(program: str, path: str) -> int:
    """Decodes the whole movie once: containers' own counts are often wrong."""
    done = _run(
        program, path, "-map", "0:v:0", "-an", "-fps_mode", "passthrough",
        "-progress", "pipe:1", "-nostats", "-f", "null", "-",
    )  # fmt: skip
    counts = re.findall(r"^frame=\s*(\d+)", done.stdout, re.MULTILINE)
    if done.returncode or not counts or not int(counts[-1]):
        reason = (done.stderr.strip().split("\n") or [""])[-1].strip()
        raise UnreadableFile(f"{path} cannot be decoded ({reason}); export it again.")
    return int(counts[-1])

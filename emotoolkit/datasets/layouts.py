"""Layouts of well-known corpora: which files there are, and which labels their names and label files hold.

Each layout is a function from the corpus folder to a table with a column `file` (paths relative to that folder, with
slashes) and the labels, or None if the folder does not have this layout. Only file names and label files are read; the
labels' names follow the corpora's own descriptions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from emotoolkit.errors import some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["LAYOUTS", "Folder", "explain_misfit", "nearest_layout", "unlabelled"]

RAVDESS_NAME = r"0([1-3])-0([12])-0([1-8])-0([12])-0([12])-0([12])-(\d\d)"
CREMA_D_NAME = r"(1\d{3})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)"
EMODB_NAME = r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z])"

EMODB_EMOTIONS = ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral")
MSP_EMOTIONS = ("angry", "sad", "happy", "surprise", "fear", "disgust", "contempt", "neutral", "other")


class Folder(Protocol):
    """A corpus folder, on disk or elsewhere."""

    @property
    def files(self) -> Sequence[str]:
        """All files in it, relative, with slashes, sorted."""

    @property
    def media(self) -> Sequence[str]:
        """Those that are recordings, by their suffix."""

    def text(self, file: str) -> str:
        """Read a label file."""

    def table(self, file: str) -> pd.DataFrame:
        """Read a label file that is CSV."""


def ravdess(folder: Folder) -> pd.DataFrame | None:
    """RAVDESS: seven numbers in the file name, as in `Actor_12/03-01-06-01-02-01-12.wav` (Livingstone & Russo 2018)."""
    emotions = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
    statements = ("Kids are talking by the door", "Dogs are sitting by the door")

    def labels(found: re.Match[str]) -> dict[str, Any]:
        modality, channel, emotion, intensity, statement, repetition, actor = map(int, found.groups())
        return {
            "emotion": emotions[emotion - 1],
            "intensity": ("normal", "strong")[intensity - 1],
            "modality": ("audio-video", "video", "audio")[modality - 1],
            "vocal_channel": ("speech", "song")[channel - 1],
            "statement": statements[statement - 1],
            "repetition": repetition,
            "speaker": f"{actor:02}",
            "gender": "male" if actor % 2 else "female",
        }

    return _from_names(folder, RAVDESS_NAME, labels)


def crema_d(folder: Folder) -> pd.DataFrame | None:
    """CREMA-D: actor, sentence, emotion and level in the name, as in `1001_DFA_ANG_XX.wav` (Cao et al. 2014)."""
    emotions = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
    levels = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified", "X": "unspecified"}

    def labels(found: re.Match[str]) -> dict[str, Any]:
        speaker, sentence, emotion, level = found.groups()
        return {"emotion": emotions[emotion], "level": levels[level], "sentence": sentence, "speaker": speaker}

    return _from_names(folder, CREMA_D_NAME, labels)


def emodb(folder: Folder) -> pd.DataFrame | None:
    """EmoDB: speaker, text, emotion and version in the name, as in `wav/03a01Fa.wav` (Burkhardt et al. 2005)."""
    emotions = dict(zip("WLEAFTN", EMODB_EMOTIONS, strict=True))
    men = {"03", "10", "11", "12", "15"}

    def labels(found: re.Match[str]) -> dict[str, Any]:
        speaker, text, emotion, version = found.groups()
        gender = "male" if speaker in men else "female"
        return {
            "emotion": emotions[emotion],
            "text": text,
            "version": version,
            "speaker": speaker,
            "gender": gender,
        }

    return _from_names(folder, EMODB_NAME, labels)


def iemocap(folder: Folder) -> pd.DataFrame | None:
    """IEMOCAP: sentences under `SessionN/sentences/wav`, labels in `SessionN/dialog/EmoEvaluation` (Busso et al. 2008).

    `dialog_start` and `dialog_end` are where the sentence lies in its dialogue, in seconds.
    """
    number = r"([\d.]+)"
    pattern = re.compile(rf"\[{number} - {number}\]\s+(\S+)\s+(\w+)\s+\[{number}, {number}, {number}\]")
    evaluations = [file for file in folder.files if re.search(r"dialog/EmoEvaluation/Ses[^/]+\.txt$", file)]
    wavs = {file.rpartition("/")[2].removesuffix(".wav"): file for file in folder.media if "/sentences/" in file}
    rows = []
    for evaluation in evaluations:
        for start, end, name, emotion, *values in pattern.findall(folder.text(evaluation)):
            valence, activation, dominance = map(float, values)
            found = {"emotion": emotion, "valence": valence, "activation": activation, "dominance": dominance}
            dialog = {"dialog": name.rpartition("_")[0], "dialog_start": float(start), "dialog_end": float(end)}
            if name in wavs:
                rows.append({"file": wavs[name], **found, "speaker": name[:5] + name.rpartition("_")[2][0], **dialog})
    return pd.DataFrame(rows) if rows else None


def meld(folder: Folder) -> pd.DataFrame | None:
    """MELD: `dia0_utt3.mp4` in a folder for each split, labels in `train_sent_emo.csv` … (Poria et al. 2019)."""
    splits = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
    names = {"Emotion": "emotion", "Sentiment": "sentiment", "Speaker": "speaker", "Utterance": "utterance"}
    tables = []
    for split, split_folder in splits.items():
        for file in folder.files:
            if file.rpartition("/")[2] == f"{split}_sent_emo.csv":
                utterances = folder.table(file)
                ids = "dia" + utterances["Dialogue_ID"].astype(str) + "_utt" + utterances["Utterance_ID"].astype(str)
                labels = utterances[list(names)].rename(columns=names)
                labels["dialogue"], labels["split"] = utterances["Dialogue_ID"], split
                clips = {
                    each.rpartition("/")[2].partition(".")[0]: each
                    for each in folder.media
                    if f"{split_folder}/" in each
                }
                labels.insert(0, "file", ids.map(clips))
                tables.append(labels.dropna(subset="file"))
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return None if found.empty else found


def msp_podcast(folder: Folder) -> pd.DataFrame | None:
    """MSP-Podcast: `MSP-PODCAST_0001_0008.wav`, labels in `labels_consensus.csv` (Lotfian & Busso 2019)."""
    emotions = dict(zip("ASHUFDCNO", MSP_EMOTIONS, strict=True))
    names = {"EmoAct": "arousal", "EmoVal": "valence", "EmoDom": "dominance", "SpkrID": "speaker", "Gender": "gender"}
    names |= {"Split_Set": "split"}
    found = next((file for file in folder.files if file.rpartition("/")[2] == "labels_consensus.csv"), None)
    if found is None:
        return None
    consensus = folder.table(found)
    wavs = {file.rpartition("/")[2]: file for file in folder.media}
    labels = pd.DataFrame({"file": consensus["FileName"].map(wavs), "emotion": consensus["EmoClass"].map(emotions)})
    for theirs, ours in names.items():
        if theirs in consensus:
            labels[ours] = consensus[theirs]
    labels = labels.dropna(subset="file").reset_index(drop=True)
    return None if labels.empty else labels


LAYOUTS: dict[str, Callable[[Folder], pd.DataFrame | None]] = {
    "iemocap": iemocap,
    "meld": meld,
    "msp-podcast": msp_podcast,
    "ravdess": ravdess,
    "crema-d": crema_d,
    "emodb": emodb,
}
"""Layouts by the name that `read_dataset(layout=…)` takes, in the order in which they are tried."""

CLIP_NAMES = {
    "iemocap": r"Ses\d\d[FM]_(?:impro|script)\w+_(?:[FM]|XX)\d+",
    "meld": r"dia\d+_utt\d+",
    "msp-podcast": r"MSP-PODCAST_\w+",
    "ravdess": RAVDESS_NAME,
    "crema-d": CREMA_D_NAME,
    "emodb": EMODB_NAME,
}
"""Pattern of the recordings' names, by layout."""

SIMILAR_NAMES = {"iemocap": r"Ses\d\d[FM]_(?:impro|script)\w+"}
"""Pattern of names that point to a layout though they are not its recordings: IEMOCAP's dialogues."""

EXAMPLE_NAMES = {"ravdess": "03-01-06-01-02-01-12.wav", "crema-d": "1001_DFA_ANG_XX.wav", "emodb": "03a01Fa.wav"}
"""Name of a recording, for each layout whose labels are in the names alone."""

EXPECTED_FILES = {
    "iemocap": "its sentences are looked for in SessionN/sentences/wav and their labels in "
    "SessionN/dialog/EmoEvaluation, in the folder that all sessions are in",
    "meld": "its labels are looked for in train_sent_emo.csv, dev_sent_emo.csv and test_sent_emo.csv, and their films "
    "in the folders train_splits, dev_splits_complete and output_repeated_splits_test",
    "msp-podcast": "its labels are looked for in labels_consensus.csv, whose FileName is a recording's name and suffix",
}
"""Where recordings and label files are expected, for each layout that has label files."""

LABEL_FILE_PATTERNS = {
    "iemocap": r"EmoEvaluation/.*Ses\d\d",
    "meld": r"(?:train|dev|test)_sent_emo",
    "msp-podcast": r"labels?_con[cs]ens",
}
"""Pattern of a layout's label files, also where they are misspelt or in another folder."""

MIN_LIKENESS = 0.5
"""Share of recordings with a layout's names from which on a folder is taken to be meant as that layout."""


def nearest_layout(folder: Folder) -> str | None:
    """Find the layout that a folder nearly has: half of its recordings have such names, or there is a label file."""
    shares = {name: _share_of_names(folder, name) for name in LAYOUTS}
    best = max(shares, key=shares.__getitem__)
    if shares[best] >= MIN_LIKENESS:
        return best
    return next((name for name in LABEL_FILE_PATTERNS if _label_files(folder, name)), None)


def explain_misfit(folder: Folder, layout: str) -> str:
    """Describe why a folder does not have a layout."""
    if layout in EXPECTED_FILES:
        present = _label_files(folder, layout)
        named = f"of its label files there is {some(present)}" if present else "there is none of its label files"
        return f"{EXPECTED_FILES[layout]}; {named}, and there are the recordings {some(folder.media)}"
    unmatched = [file for file in folder.media if not _match_name(file, CLIP_NAMES[layout])]
    count = len(folder.media) - len(unmatched)
    example = EXAMPLE_NAMES[layout]
    return f"{count} of {len(folder.media)} recordings have names like its own ({example}), but not {some(unmatched)}"


def unlabelled(folder: Folder, layout: str, found: pd.DataFrame) -> list[str]:
    """Return the recordings with a layout's names for which its label files have no labels."""
    known = {*found["file"]}
    return [file for file in folder.media if file not in known and _match_name(file, CLIP_NAMES[layout])]


def _share_of_names(folder: Folder, layout: str) -> float:
    """Return the share of recordings with a layout's names in their path."""
    pattern = re.compile(rf"(?<![0-9a-z]){SIMILAR_NAMES.get(layout, CLIP_NAMES[layout])}(?![0-9a-z])", re.IGNORECASE)
    return sum(bool(pattern.search(file)) for file in folder.media) / len(folder.media)


def _label_files(folder: Folder, layout: str) -> list[str]:
    pattern = re.compile(LABEL_FILE_PATTERNS[layout], re.IGNORECASE)
    return [file for file in folder.files if pattern.search(file) and not file.rpartition("/")[2].startswith(".")]


def _match_name(file: str, pattern: str) -> re.Match[str] | None:
    return re.fullmatch(rf"(?:.*/)?{pattern}\.\w+", file)


def _from_names(folder: Folder, pattern: str, labels: Callable[[re.Match[str]], dict[str, Any]]) -> pd.DataFrame | None:
    """Read labels from the names, if every recording in the folder has such a name."""
    found = [_match_name(file, pattern) for file in folder.media]
    rows = [{"file": each.string, **labels(each)} for each in found if each is not None]
    return pd.DataFrame(rows) if rows and len(rows) == len(found) else None

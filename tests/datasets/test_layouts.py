"""Corpora in the layouts that people have: tiny look-alikes, of which only names and label files are read."""

import re
import shutil

import pytest

from emotoolkit import read_dataset
from emotoolkit.datasets.layouts import LAYOUTS
from emotoolkit.errors import DatasetError, LabelsLeftOutWarning, LeftOutWarning, SettingsError

EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 3.5000, 1.5000]
C-E2:\tNeutral;\t()
[10.0100 - 11.3925]\tSes01F_impro01_M001\txxx\t[2.0000, 2.5000, 3.0000]
"""
MELD = """Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime
1,"also I was the point person, yes",Chandler,neutral,neutral,0,0,8,21,"00:16:16,059","00:16:21,731"
2,You must've had your hands full.,The Interviewer,joy,positive,0,3,8,21,"00:16:21,940","00:16:23,442"
"""
MSP = """FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
MSP-PODCAST_0001_0008.wav,H,4.2,3.8,5.0,127,Male,Train
MSP-PODCAST_0001_0009.wav,X,4.0,4.0,4.0,Unknown,Male,Test1
"""

CORPORA = {
    "ravdess": (
        {"Actor_11/01-02-05-02-01-02-11.mp4": "", "Actor_12/03-01-06-01-02-01-12.wav": ""},
        {"emotion": ["angry", "fearful"], "gender": ["male", "female"], "intensity": ["strong", "normal"]},
    ),
    "crema-d": (
        {"AudioWAV/1001_DFA_ANG_XX.wav": "", "AudioWAV/1091_WSI_HAP_HI.wav": ""},
        {"emotion": ["anger", "happy"], "level": ["unspecified", "high"], "speaker": ["1001", "1091"]},
    ),
    "emodb": (
        {"wav/03a01Fa.wav": "", "wav/16b10Wb.wav": ""},
        {"emotion": ["happiness", "anger"], "gender": ["male", "female"], "text": ["a01", "b10"]},
    ),
    "iemocap": (
        {
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav": "",
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M001.wav": "",
            "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt": EVALUATION,
            "Session1/dialog/wav/Ses01F_impro01.wav": "",
        },
        {"emotion": ["neu", "xxx"], "activation": [3.5, 2.5], "speaker": ["Ses01F", "Ses01M"]},
    ),
    "meld": (
        {"train_sent_emo.csv": MELD, "train_splits/dia0_utt0.mp4": "", "train_splits/dia0_utt3.mp4": ""},
        {"emotion": ["neutral", "joy"], "speaker": ["Chandler", "The Interviewer"], "split": ["train", "train"]},
    ),
    "msp-podcast": (
        {
            "Labels/labels_consensus.csv": MSP,
            "Audios/MSP-PODCAST_0001_0008.wav": "",
            "Audios/MSP-PODCAST_0001_0009.wav": "",
        },
        {"emotion": ["happy", None], "arousal": [4.2, 4.0], "split": ["Train", "Test1"]},
    ),
}  # fmt: skip


def corpus(folder, name):
    """Write a look-alike: its label files, and empty files where its recordings would be."""
    files, labels = CORPORA[name]
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return labels


def test_every_layout_is_tested():
    """There is a look-alike of each layout."""
    assert CORPORA.keys() == LAYOUTS.keys()


@pytest.mark.parametrize("layout", [None, "by name"])
@pytest.mark.parametrize("name", CORPORA)
def test_labels(tmp_path, name, layout):
    """Each corpus is recognised, and each recording has the labels that its name or the label file gives it."""
    expected = corpus(tmp_path, name)
    dataset = read_dataset(tmp_path, layout=layout and name).sort_values("file", ignore_index=True)
    assert [(tmp_path / file).is_file() for file in dataset["file"]] == [True, True]
    for label, values in expected.items():
        assert [None if value != value else value for value in dataset[label]] == values, label  # noqa: PLR0124


def test_a_stranger_among_them(tmp_path):
    """A folder in which one name does not fit is read without labels; the warning names it and what to type."""
    corpus(tmp_path, "emodb")
    (tmp_path / "wav" / "interview.wav").write_text("")
    with pytest.warns(LabelsLeftOutWarning) as said:
        dataset = read_dataset(tmp_path)
    assert list(dataset.columns) == ["file"]
    assert len(dataset) == 3
    (warning,) = said
    assert warning.filename == __file__
    assert (warning.message.recordings, warning.message.layout, warning.message.unread) == (3, "emodb", ())
    assert str(warning.message) == (
        f"{str(tmp_path)!r} is read without labels (3 recording(s)). It looks like emodb, but does not have that "
        "layout: 2 of 3 recordings have names like its own (03a01Fa.wav), but not 'wav/interview.wav'. Put that right, "
        f'or move what does not belong to it elsewhere, and emo.read_dataset({str(tmp_path)!r}, layout="emodb") reads '
        "the labels."
    )


@pytest.mark.parametrize("name", ["ravdess", "crema-d", "emodb"])
@pytest.mark.parametrize("renamed", ["noise.wav", "copy of {}", "{}_16k"])
def test_names_that_nearly_fit(tmp_path, name, renamed):
    """Whichever corpus is in the names: one stranger, or names with something before or behind, are said."""
    corpus(tmp_path, name)
    media = sorted(path for path in tmp_path.rglob("*.*"))
    if "{}" in renamed:
        strangers = [path.rename(path.with_stem(renamed.format(path.stem))) for path in media]
    else:
        strangers = [tmp_path / renamed]
        strangers[0].write_text("")
    expected = ", ".join(repr(path.relative_to(tmp_path).as_posix()) for path in sorted(strangers))
    with pytest.warns(LabelsLeftOutWarning, match=re.escape(f"but not {expected}. Put that right")) as said:
        read_dataset(tmp_path)
    assert [warning.message.layout for warning in said] == [name]
    with pytest.raises(DatasetError, match=rf"it does not have the layout of {name}: .* but not {re.escape(expected)}"):
        read_dataset(tmp_path, layout=name)


@pytest.mark.parametrize(
    ("name", "there", "moved", "said"),
    [
        (
            "msp-podcast",
            "Labels/labels_consensus.csv",
            "Labels/labels_concensus.csv",
            "looked for in labels_consensus.csv, .*; of its label files there is 'Labels/labels_concensus.csv', and",
        ),
        (
            "msp-podcast",
            "Labels/labels_consensus.csv",
            "Labels/labels_consensus_1.csv",
            "'Labels/labels_consensus_1.csv'",
        ),
        (
            "msp-podcast",
            "Labels/labels_consensus.csv",
            "Labels/labels_concensus.json",
            "'Labels/labels_concensus.json'",
        ),
        ("msp-podcast", "Labels/labels_consensus.csv", None, "there is none of its label files, and there are the"),
        ("msp-podcast", "Audios", "Flac", "whose FileName is a recording's name and suffix"),
        ("meld", "train_splits", "train", "films in the folders train_splits, .* recordings 'train/dia0_utt0.mp4', "),
        ("meld", "train_sent_emo.csv", "Train_Sent_Emo.csv", "of its label files there is 'Train_Sent_Emo.csv'"),
        ("iemocap", "Session1", ".", "in the folder that all sessions are in; of its label files there is 'dialog/Emo"),
        ("iemocap", "Session1/sentences", None, "sentences are looked for in SessionN/sentences/wav"),
    ],
)
def test_label_files_that_are_elsewhere(tmp_path, name, there, moved, said):
    """Label files of another spelling, recordings of another folder or suffix: what is looked for, what is there."""
    corpus(tmp_path, name)
    if moved == "Flac":
        for path in (tmp_path / there).iterdir():
            path.rename(path.with_suffix(".flac"))
    elif moved == ".":
        tmp_path = tmp_path / there
    elif moved is None:
        (tmp_path / there).unlink() if there.endswith(".csv") else shutil.rmtree(tmp_path / there)
    else:
        (tmp_path / there).rename(tmp_path / moved)
    with pytest.warns(LabelsLeftOutWarning, match=said) as warned:
        dataset = read_dataset(tmp_path)
    assert list(dataset.columns) == ["file"]
    assert len(dataset) > 0
    assert [warning.message.layout for warning in warned] == [name]
    with pytest.raises(DatasetError, match=f"it does not have the layout of {name}: .*{said}"):
        read_dataset(tmp_path, layout=name)


def test_recordings_without_labels(tmp_path):
    """Recordings that a corpus' label file says nothing of are left out, and named; what is no clip of it is not."""
    corpus(tmp_path, "msp-podcast")
    (tmp_path / "Audios" / "MSP-PODCAST_test3_0001.wav").touch()
    (tmp_path / "Audios" / "jingle.wav").touch()
    said = (
        "1 recording.s. in .* are left out, as msp-podcast has no labels for them: 'Audios/MSP-PODCAST_test3_0001.wav'."
    )
    with pytest.warns(LeftOutWarning, match=said):
        assert len(read_dataset(tmp_path)) == 2


def test_the_wrong_layout(tmp_path):
    """A layout that the folder does not have, and one that does not exist, are said, and which files do not fit."""
    corpus(tmp_path, "emodb")
    with pytest.raises(DatasetError, match="it does not have the layout of meld: its labels are looked for in train_"):
        read_dataset(tmp_path, layout="meld")
    said = (
        r"layout of ravdess: 0 of 2 recordings .* \(03-01-06-01-02-01-12.wav\), but not 'wav/03a01Fa.wav', 'wav/16b10Wb"
    )
    with pytest.raises(DatasetError, match=said):
        read_dataset(tmp_path, layout="ravdess")
    with pytest.raises(SettingsError, match="it must be one of iemocap, meld"):
        read_dataset(tmp_path, layout="mled")

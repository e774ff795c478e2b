"""Corpora in the layouts that people have: tiny look-alikes, of which only names and label files are read."""

import pytest

from emotoolkit import read_dataset
from emotoolkit.datasets.layouts import LAYOUTS
from emotoolkit.errors import DatasetError, SettingsError

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
    """A folder in which one name does not fit is no such corpus: all recordings, no labels."""
    corpus(tmp_path, "emodb")
    (tmp_path / "wav" / "interview.wav").write_text("")
    assert list(read_dataset(tmp_path).columns) == ["file"]
    assert len(read_dataset(tmp_path)) == 3


def test_the_wrong_layout(tmp_path):
    """A layout that the folder does not have, and one that does not exist, are said."""
    corpus(tmp_path, "emodb")
    with pytest.raises(DatasetError, match="it does not have the layout of meld"):
        read_dataset(tmp_path, layout="meld")
    with pytest.raises(SettingsError, match="it must be one of iemocap, meld"):
        read_dataset(tmp_path, layout="mled")

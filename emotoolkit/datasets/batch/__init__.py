"""Batch replay: a dataset through an API into a folder of journals and tables; each recording is sent once."""

from emotoolkit.utils.extras import need

need("fsspec", "pyarrow")

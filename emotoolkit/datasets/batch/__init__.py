"""Many recordings through an API: sent once, resumed after anything, kept where everybody can read them."""

from emotoolkit.utils.extras import need

need("fsspec", "pyarrow")

"""The sample shot: its sets, its passes, and the plates assembled of them."""

"""The root of the API: its addresses and the pages that explain it."""

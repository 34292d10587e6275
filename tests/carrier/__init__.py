"""The carrier, as its neighbours see it: over HTTP, on a loopback port."""

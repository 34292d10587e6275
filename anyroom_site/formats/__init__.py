"""How dates are written where Django's way does not suit us (setting FORMAT_MODULE_PATH)."""

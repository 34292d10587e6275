"""Without the “г.” that Django puts after the year: it strays to a line of its own."""

DATE_FORMAT = "j E Y"
DATETIME_FORMAT = "j E Y, G:i"
